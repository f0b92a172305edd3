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
