import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { BOTTOM, stack, TOP } from '../../runtime/stack/frames.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeAll(() => void clock.install());
afterAll(() => setClock());

/** A call: how long it runs itself, what it calls, and whether it throws at its end. */
interface Tree {
  readonly site: number;
  readonly selfMs: number;
  readonly throws: boolean;
  readonly children: readonly Tree[];
}

const treeOf = fc.memo((depth): fc.Arbitrary<Tree> =>
  fc.record({
    site: fc.nat(3),
    selfMs: fc.integer({ min: 0, max: 50 }),
    throws: fc.boolean(),
    children: depth > 1 ? fc.array(treeOf(), { maxLength: 3 }) : fc.constant([]),
  }),
);

describe('a synchronous site', () => {
  test('counts, errors, inclusive and self times are exact for any tree of calls, recursion included', () => {
    fc.assert(
      fc.property(fc.array(treeOf(4), { maxLength: 4 }), (trees) => {
        const sites = [0, 1, 2, 3].map((i) => makeSite(`f${i}`, 'function', { memory: false }));
        const expected = sites.map(() => ({ calls: 0, errors: 0, sum: 0, outermost: 0, self: 0, open: 0 }));
        const run = (node: Tree): number => {
          const begin = clock.ms;
          const site = sites[node.site];
          const model = expected[node.site];
          if (site === undefined || model === undefined) throw new Error('no such site');
          model.calls++;
          model.open++;
          model.self += node.selfMs;
          if (node.throws) model.errors++;
          try {
            callSync(site, () => {
              for (const child of node.children) run(child);
              clock.advance(node.selfMs);
              if (node.throws) throw new Error('expected');
            });
          } catch (error) {
            site.caught(error);
          }
          model.open--;
          model.sum += clock.ms - begin;
          if (model.open === 0) model.outermost += clock.ms - begin;
          return clock.ms - begin;
        };
        for (const node of trees) run(node);
        expect(stack[TOP]).toBe(BOTTOM);
        sites.forEach((site, i) => {
          const model = expected[i];
          if (model === undefined || model.calls === 0) return;
          const stats = statsOf(monitor, site);
          expect(stats.callCount).toBe(model.calls);
          expect(stats.errorCount).toBe(model.errors);
          expect(stats.avgExecutionTimeMs).toBeCloseTo(model.sum / model.calls, 9);
          expect(stats.totalExecutionTimeMs).toBe(model.outermost);
          expect(stats.selfTimeMs).toBe(model.self);
        });
      }),
    );
  });
});
