import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { createContext, runInContext, runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { getPerformanceMonitor } from '../../runtime/index.ts';
import { instrument } from '../../transformer/index.ts';

const KEY = Symbol.for('tka-perf');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a realm whose functions were measured can be collected', async () => {
  const code = '// @monitor exact args\nfunction f(a) { return a }\nfunction g() {}\nf(1); g();';
  const result = instrument(code, { file: 'realm.cjs', root: '.', runtime: 'global', functions: 'all' });
  expect(getPerformanceMonitor().monitoringActive).toBe(true);
  collect();
  const before = getHeapStatistics().number_of_native_contexts;
  for (let i = 0; i < 20; i++) {
    const realm = createContext({});
    Object.defineProperty(runInContext('globalThis', realm), KEY, {
      value: (globalThis as Record<symbol, unknown>)[KEY],
    });
    runInContext(result?.code ?? '', realm);
  }
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(getHeapStatistics().number_of_native_contexts).toBeLessThan(before + 10);
});

test.each([
  [
    'an older',
    'const c = r.unit(1, "a", [["a.f", "function", 1, 0]])[0].enter(); try { return 1 } finally { c.exit(1) }',
  ],
  [
    'a newer',
    'const u = r.unit(99, "a", []), e = u.enter; let t = e(0, u.first); t = ~t; u.exit(t, 1); return 1',
  ],
  [
    'an async',
    'const c = r.unit(1, "a", [])[0].start(); const v = c.resume(c.suspend(1)); c.end(); return v',
  ],
])('emitted code of %s version does the same, unmeasured', (_, code) => {
  const before = getPerformanceMonitor().diagnostics['unknown-protocol'] ?? 0;
  const registry = (globalThis as Record<symbol, unknown>)[KEY];
  expect((new Function('r', code) as (r: unknown) => unknown)(registry)).toBe(1);
  expect(getPerformanceMonitor().diagnostics['unknown-protocol']).toBe(before + 1);
});
