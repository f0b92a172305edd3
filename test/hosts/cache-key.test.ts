import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { addToCacheKey } from '../../transformer/hosts/cache-key.ts';

const keyOf = (cache: { type: string; version?: string }, options: object): string | undefined => {
  addToCacheKey(cache, options);
  return cache.version;
};

test.each(['filesystem', 'persistent'])(
  'what is kept by %s depends on options, version and the user’s own key',
  (type) => {
    const key = keyOf({ type, version: 'own' }, { functions: 'all' });
    expect(key).toMatch(/^own\|/);
    expect(key).toContain(manifest.version);
    expect(keyOf({ type, version: 'own' }, { functions: 'exported' })).not.toBe(key);
    expect(keyOf({ type }, { functions: 'all' })).not.toBe(key);
  },
);

test('what is kept in memory alone has no key', () => {
  expect(keyOf({ type: 'memory' }, {})).toBeUndefined();
  expect(() => addToCacheKey(true, {})).not.toThrow();
});
