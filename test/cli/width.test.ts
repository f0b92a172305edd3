import { expect, test, vi } from 'vitest';
import { textWidth } from '../../cli/text/width.ts';

const load = vi.hoisted(() =>
  vi.fn<() => never>(() => {
    throw new Error('in an archive');
  }),
);
vi.mock('../../cli/text/lazy.ts', () => ({ lazy: () => load }));

test('what reports are made of loads no library', () => {
  expect(textWidth('~12.3µs ± 5% ≈ ?1.2kB · naïve … ▁▂█')).toBe(35);
  expect(load).not.toHaveBeenCalled();
});

test('where the library cannot be loaded, wide characters take two columns all the same', () => {
  expect(['ab', '漢字', 'é', '📊 x'].map((text) => textWidth(text))).toEqual([2, 4, 1, 4]);
});
