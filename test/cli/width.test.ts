import { expect, test, vi } from 'vitest';
import { textWidth } from '../../cli/text/width.ts';

vi.mock('../../cli/text/lazy.ts', () => ({
  lazy: () => () => {
    throw new Error('in an archive');
  },
}));

test('where the library cannot be loaded, wide characters take two columns all the same', () => {
  expect(['ab', '漢字', 'é', '📊 x'].map((text) => textWidth(text))).toEqual([2, 4, 1, 4]);
});
