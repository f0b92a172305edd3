/** The runtime in a real browser: no file system, no process, and a clock that goes by steps. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { instrument } from '../../transformer/index.ts';
import { temporaryFolder } from '../cli/support.ts';
import { withBrowser } from '../support/browser.ts';
import { hasTools } from '../support/tools.ts';

const PROGRAM = `
import { getPerformanceMonitor, performanceReport } from 'tka-perf';
// @monitor
function add(a, b) { return a + b; }
// @monitor
function fail() { throw new Error('expected'); }
// @monitor
async function abort() { AbortSignal.abort().throwIfAborted(); }
// @monitor
async function wait(ms) { await new Promise((resolve) => setTimeout(resolve, ms)); return add(1, 2); }
// @monitor
function stay(ms) { for (const begin = performance.now(); performance.now() < begin + ms; ); }

globalThis.result = (async () => {
  let sum = 0;
  for (let i = 0; i < 3_000_000; i++) sum = add(sum, i);
  for (let i = 0; i < 7; i++) try { fail(); } catch {}
  await abort().catch(() => {});
  for (let i = 0; i < 3; i++) await wait(20);
  for (let i = 0; i < 5; i++) stay(30);
  let stepMs = Infinity;
  for (let last = performance.now(), i = 0; i < 200_000; i++) {
    const now = performance.now();
    if (now > last) stepMs = Math.min(stepMs, now - last);
    last = now;
  }
  const monitor = getPerformanceMonitor();
  const { aggregates, usage } = monitor.snapshot();
  let refusal;
  try { monitor.exportMetrics('metrics.json'); } catch (error) { refusal = error.message; }
  return { aggregates, usage, stepMs, refusal, report: performanceReport(), diagnostics: monitor.diagnostics };
})();
`;

interface Result {
  readonly aggregates: readonly AggregateMetrics[];
  readonly stepMs: number;
  readonly refusal: string;
  readonly report: string;
  readonly diagnostics: Readonly<Record<string, number>>;
}

test.skipIf(!hasTools('chromium'))(
  'a page measures itself, and tells no more than its clock does',
  async () => {
    const folder = temporaryFolder();
    const instrumented = instrument(PROGRAM, { file: 'app.js', root: '/' });
    writeFileSync(join(folder, 'app.js'), instrumented?.code ?? '');
    await build({
      entryPoints: [join(folder, 'app.js')],
      outfile: join(folder, 'page.js'),
      bundle: true,
      alias: { 'tka-perf': join(import.meta.dirname, '../../dist/runtime/index.js') },
      logLevel: 'error',
    });
    writeFileSync(join(folder, 'page.html'), '<!doctype html><script src="page.js"></script>');
    const result = await withBrowser({}, async (browser) => {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(join(folder, 'page.html')).href);
      return page.evaluate<Result>('result');
    });

    const of = (name: string): AggregateMetrics =>
      result.aggregates.find(({ functionName }) => functionName === name) as AggregateMetrics;
    expect(result.diagnostics).toEqual({});
    expect(result.refusal).toContain('use snapshot()');
    expect(of('app.add').callCount).toBe(3_000_003);
    expect(of('app.fail')).toMatchObject({ callCount: 7, errorCount: 7, lastError: 'expected' });
    expect(of('app.abort')).toMatchObject({ errorCount: 1, lastError: 'signal is aborted without reason' });
    expect(of('app.wait')).toMatchObject({ callCount: 3, timedCalls: 3, inFlight: 0 });
    // What no clock of a page can tell, and what no page can ask for, is not told.
    const { add, stay } = { add: of('app.add'), stay: of('app.stay') };
    expect(add.noiseMs).toBeCloseTo(result.stepMs, 6);
    expect(add).not.toHaveProperty('avgMemoryBytes');
    expect(add).not.toHaveProperty('cpuPercent');
    expect(result.report).toMatch(/app\.add: [<?]/);
    expect(stay.avgExecutionTimeMs).toBeGreaterThanOrEqual(30 - result.stepMs);
    expect(stay.p50ExecutionTimeMs).toBeGreaterThanOrEqual((30 - result.stepMs) * 0.98);
  },
);
