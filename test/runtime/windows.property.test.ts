import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Windows } from '../../runtime/journal/windows.ts';

const batch = fc.record({
  site: fc.integer({ min: 0, max: 40 }),
  buckets: fc.uniqueArray(fc.integer({ min: -300, max: 600 }), { maxLength: 20 }),
  shift: fc.constantFrom(0, 3),
  /** Everything is forgotten before. */
  isNew: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth === 0),
});

test('each site has its own counts, in rising order, whatever windows are made and moved', () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 60 }), (batches) => {
      const windows = new Windows();
      let all = new Map<number, Map<number, number>>();
      for (const { site, buckets, shift, isNew } of batches) {
        if (isNew) {
          windows.clear();
          all = new Map();
        }
        const sorted = Int32Array.from(buckets).toSorted();
        const times = Float64Array.from(sorted, (_, i) => i + 1);
        windows.reserve(site + 1);
        windows.add(site, sorted, times, sorted.length, shift);
        const counts = all.get(site) ?? new Map<number, number>();
        all.set(site, counts);
        sorted.forEach((bucket, i) =>
          counts.set(bucket >> shift, (counts.get(bucket >> shift) ?? 0) + (times[i] ?? 0)),
        );
      }
      for (let site = 0; site <= 41; site++) {
        const visited: (readonly [number, number])[] = [];
        windows.visit(site, (bucket, count) => visited.push([bucket, count]));
        expect(visited).toEqual(Array.from(all.get(site) ?? []).toSorted(([a], [b]) => a - b));
      }
    }),
  );
});
