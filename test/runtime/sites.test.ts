/** Functions that are listed, and become sites with their first call. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { getPerformanceMonitor, measure } from '../../runtime/index.ts';
import type { Site } from '../../runtime/call/site.ts';
import { allSites, findSite } from '../../runtime/call/sites.ts';
import { dropLostFrames, stack, TOP, topPlace } from '../../runtime/stack/frames.ts';
import { registry, type SiteTuple, type Unit } from '../../runtime/registry.ts';
import { contentsOf } from '../support/journal.ts';

const monitor = getPerformanceMonitor();
const home = mkdtempSync(join(tmpdir(), 'tka-perf-sites-'));
monitor.configure({ budget: 'exact' });
afterAll(() => rmSync(home, { recursive: true, force: true }));

let files = 0;

/** A file's functions; their names begin with the file's. */
function load(file: string, names: readonly string[], kind: SiteTuple[1] = 'function'): Unit {
  return registry.unit(
    2,
    `src/${file}.ts`,
    names.map((name, i) => [`src/${file}.${name}`, kind, i + 1, 4]),
  );
}

function call({ enter, exit, first }: Unit, index: number): void {
  exit(~enter(index, first), 1);
}

const fresh = (): string => `file${files++}`;
const callsOf = (name: string): number => monitor.getFunctionStats(`src/${name}`)?.callCount ?? 0;
const named = (file: string): string[] =>
  allSites()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`src/${file}.`));

test('only functions that were called have a site, and a name in the journal', () => {
  const file = fresh();
  const unit = load(file, ['never', 'once', 'later']);
  expect(named(file)).toEqual([]);
  call(unit, 1);
  expect(named(file)).toEqual([`src/${file}.once`]);
  expect(monitor.getFunctionStats(`src/${file}.never`)).toBeUndefined();
  monitor.configure({ dir: home });
  monitor.flush();
  call(unit, 2);
  call(unit, 1);
  monitor.flush();
  const [content] = Object.values(contentsOf(home));
  const sites = content?.sites.filter(({ name }) => name.startsWith(`src/${file}.`));
  expect(sites).toMatchObject([
    { name: `src/${file}.once`, kind: 'function', file: `src/${file}.ts`, line: 2, column: 4 },
    { name: `src/${file}.later`, line: 3 },
  ]);
  expect(content?.functions.get(`src/${file}.once`)?.calls).toBe(2);
  expect(content?.functions.get(`src/${file}.later`)?.calls).toBe(1);
});

test('a file that is loaded again before anything is called adds to the same functions', () => {
  const file = fresh();
  const before = load(file, ['f', 'g']);
  const again = load(file, ['h', 'f', 'g']);
  expect(load(file, ['f', 'g']).first).toBe(before.first);
  expect(again.first).not.toBe(before.first);
  call(again, 1);
  call(before, 0);
  call(before, 1);
  call(again, 2);
  call(again, 2);
  call(again, 0);
  expect([callsOf(`${file}.f`), callsOf(`${file}.g`), callsOf(`${file}.h`)]).toEqual([2, 3, 1]);
  expect(named(file)).toEqual([`src/${file}.f`, `src/${file}.g`, `src/${file}.h`]);
});

test('an operation that is named like a function is that function, whichever comes first', () => {
  const file = fresh();
  const unit = load(file, ['f']);
  measure(`src/${file}.f`, () => 1);
  call(unit, 0);
  measure(`src/${file}.g`, () => 1);
  call(load(file, ['g', 'f']), 0);
  expect([callsOf(`${file}.f`), callsOf(`${file}.g`)]).toEqual([2, 2]);
  expect(findSite(`src/${file}.f`)).toMatchObject({ kind: 'function', place: { line: 2 } });
  expect(findSite(`src/${file}.g`)).toMatchObject({
    kind: 'function',
    place: { file: `src/${file}.ts`, line: 1 },
  });
});

test('what a name is in its own file decides how its calls begin', () => {
  const file = fresh();
  const plain = load(file, ['f', 'g']);
  call(plain, 0);
  const { probes, first, enter, exit } = load(file, ['f', 'g'], 'async');
  for (let i = 0; i < 3; i++) {
    probes[0]?.start().end();
    probes[1]?.start().end();
  }
  exit(~enter(1, first), 1);
  expect([callsOf(`${file}.f`), callsOf(`${file}.g`)]).toEqual([4, 4]);
});

test('an async function that is named like a synchronous one is sampled like any other', () => {
  const file = fresh();
  call(load(file, ['f']), 0);
  const [probe] = load(file, ['f'], 'async').probes;
  (probe as Site).sample(1e6);
  for (let i = 0; i < 1000; i++) probe?.start().end();
  expect(monitor.getFunctionStats(`src/${file}.f`)).toMatchObject({ callCount: 1001 });
  expect(monitor.getFunctionStats(`src/${file}.f`)?.timedCalls).toBeLessThan(5);
});

test('functions that are first called while nothing is measured are counted from then on', () => {
  const file = fresh();
  const unit = load(file, ['f', 'g', 'h']);
  monitor.stopMonitoring();
  call(unit, 0);
  monitor.startMonitoring();
  call(unit, 0);
  const token = unit.enter(1, unit.first);
  monitor.stopMonitoring();
  call(unit, 2);
  monitor.startMonitoring();
  unit.exit(~token, 1);
  for (let i = 0; i < 3; i++) call(unit, 2);
  expect([callsOf(`${file}.f`), callsOf(`${file}.g`), callsOf(`${file}.h`)]).toEqual([1, 1, 3]);
});

test('what stands for functions that are told by number stays while nothing is measured', () => {
  const [f] = load(fresh(), ['f', 'g']).probes;
  const { probes } = load(fresh(), ['f'], 'async');
  const [running] = probes;
  expect(running).not.toBe(f);
  expect(() => f?.caught(new Error('caught'))).not.toThrow();
  monitor.stopMonitoring();
  expect(probes).toEqual([f]);
  monitor.startMonitoring();
  expect(probes[0]).toBe(running);
});

test('where the stack ends, the first calls of functions end as they would, and are counted', () => {
  const file = fresh();
  const names = Array.from({ length: 20_000 }, (_, i) => `f${i}`);
  const unit = load(file, names);
  const errors = new Set<unknown>();
  let deepest = 0;
  /** As emitted: each call is the first one of another function. */
  const recurse = (index: number): void => {
    let token = unit.enter(index, unit.first);
    try {
      deepest = Math.max(deepest, index + 1);
      recurse(index + 1);
      token = ~token;
    } finally {
      unit.exit(token);
    }
  };
  for (let round = 0; round < 20; round++) {
    try {
      recurse(0);
    } catch (error) {
      errors.add((error as Error).constructor);
    }
    dropLostFrames();
  }
  expect([...errors]).toEqual([RangeError]);
  expect(deepest).toBeGreaterThan(100);
  expect(stack[TOP]).toBe(topPlace());
  expect(callsOf(`${file}.f50`)).toBe(20);
  const before = callsOf(`${file}.f${deepest - 1}`);
  call(unit, deepest - 1);
  expect(callsOf(`${file}.f${deepest - 1}`)).toBe(before + 1);
});

test('a function of a bundle has the file that its tuple names', () => {
  const [file, other] = [fresh(), fresh()];
  const unit = registry.unit(2, `src/${file}.ts`, [
    [`src/${file}.one`, 'function', 1, 0],
    [`src/${other}.two`, 'function', 1, 0, {}, `src/${other}.ts`],
  ]);
  call(unit, 0);
  call(unit, 1);
  monitor.configure({ dir: home });
  monitor.flush();
  const [content] = Object.values(contentsOf(home));
  const files = content?.sites.map(({ name, file }) => [name, file]);
  expect(files).toContainEqual([`src/${file}.one`, `src/${file}.ts`]);
  expect(files).toContainEqual([`src/${other}.two`, `src/${other}.ts`]);
  expect(findSite(`src/${other}.two`)?.options).toEqual({});
});

test('of a module that is loaded again, from another text, the newest place, kind and options count', () => {
  const file = fresh();
  const name = `src/${file}.f`;
  const at = (line: number, options?: SiteTuple[4], kind: SiteTuple[1] = 'function'): Unit =>
    registry.unit(2, `src/${file}.ts`, [options ? [name, kind, line, 0, options] : [name, kind, line, 0]]);
  const other = mkdtempSync(join(home, 'again-'));
  monitor.configure({ dir: other });
  const before = at(1);
  call(before, 0);
  monitor.flush();
  const [site] = allSites().filter((each) => each.name === name);
  site?.sample(1e6);

  const after = at(9, { exact: true });
  expect(after.first).toBe(before.first);
  for (let i = 0; i < 5; i++) call(after, 0);
  expect(monitor.getFunctionStats(name)).toMatchObject({ callCount: 6, timedCalls: 6, line: 9 });
  monitor.flush();
  const told = (): unknown[] =>
    Object.values(contentsOf(other)).flatMap(({ sites, functions }) =>
      sites
        .filter((each) => each.name === name)
        .map(({ line, kind, options }) => [line, kind, options, functions.get(name)?.calls]),
    );
  expect(told()).toEqual([[9, 'function', { exact: true }, 6]]);

  for (let i = 0; i < 2; i++) call(at(9, { threshold: 1000 }), 0);
  expect(monitor.getFunctionStats(name)).toMatchObject({ callCount: 6, belowThresholdCalls: 2 });
  call(at(3, undefined, 'method'), 0);
  expect(monitor.getFunctionStats(name)).toMatchObject({ callCount: 7, kind: 'method', line: 3 });
  monitor.flush();
  expect(told()).toEqual([[3, 'method', {}, 7]]);
  // The same once more is nothing new.
  at(3, undefined, 'method');
  call(at(3, undefined, 'method'), 0);
  monitor.flush();
  expect(Object.keys(contentsOf(other))).toEqual([expect.stringMatching(/\.2\.tkap$/)]);
});
