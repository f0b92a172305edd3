/** How long calls that wait have run, where nobody looks at each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { seedRandom } from '../../runtime/platform/random.ts';
import { FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
const NO_MEMORY = { memory: false } as const;
beforeAll(() => {
  clock.install();
  budget.configure(Infinity);
});
afterAll(() => setClock());

describe('a call of an async function', () => {
  test('that is short has run for no longer than it took, whatever befell those that were looked at', () => {
    const shares = Array.from({ length: 20 }, (_, seed) => {
      seedRandom(seed * 7919 + 1);
      const site = makeSite('f', 'async', NO_MEMORY);
      for (let i = 0; i < 4000; i++) {
        const call = site.start();
        clock.advance(i % 1000 === 7 * seed ? 10 : 0.001);
        call.suspend(undefined);
        clock.advance(0.001);
        call.resume(undefined);
        call.end();
      }
      const {
        totalExecutionTimeMs,
        selfTimeMs,
        activeTimeMs = 0,
        waitTimeMs = 0,
        ...rest
      } = statsOf(monitor, site);
      expect(totalExecutionTimeMs).toBeCloseTo(48 - 0.004, 6);
      expect(activeTimeMs + waitTimeMs).toBeCloseTo(totalExecutionTimeMs, 5);
      expect(activeTimeMs).toBeLessThanOrEqual(totalExecutionTimeMs);
      expect(selfTimeMs).toBe(activeTimeMs);
      expect(rest).toMatchObject({ timedCalls: 4000, activeTimeEstimated: true });
      return activeTimeMs / totalExecutionTimeMs;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.6); // 44 of 48
  });

  test('that is long is looked at whenever it runs', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    for (let i = 0; i < 400; i++) {
      const call = site.start();
      clock.advance(1);
      call.suspend(undefined);
      clock.advance(2);
      call.resume(undefined);
      call.end();
    }
    expect(statsOf(monitor, site)).toMatchObject({ activeTimeMs: 400, waitTimeMs: 800 });
    expect(statsOf(monitor, site)).not.toHaveProperty('activeTimeEstimated');
  });
});
