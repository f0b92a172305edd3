/**
 * What emitted code and second copies of this package find at `globalThis[Symbol.for('tka-perf')]`: whichever copy is
 * loaded first in a thread measures for all.
 */
import { epochNow } from './platform/clock.ts';
import { countFailure, guarded } from './platform/diagnostics.ts';
import { hidden } from './stack/frames.ts';
import { enter, exit } from './call/entry.ts';
import { IDLE, live, type Probe, probesOf, start, stop } from './call/on-off.ts';
import { begin, mayEnd } from './lifecycle.ts';
import { runId } from './journal/journal-dir.ts';
import { PerformanceMonitor } from './monitor.ts';
import { isSwitchedOff } from './platform/platform.ts';
import { makesSnapshot } from './platform/startup-snapshot.ts';
import { beginUsage } from './budget/usage.ts';
import type { SiteKind, SiteOptions } from './format/record.ts';
import { NOWHERE } from './call/place.ts';
import { type Listed, setOnFirstCall } from './call/site.ts';
import { timed } from './call/timed.ts';
import { firstNumberOf, listFunction, siteOf } from './call/sites.ts';

/** Version of the agreement between emitted code and the runtime. */
export const PROTOCOL = 2;

/** A site as emitted code tells it. */
export type SiteTuple = readonly [
  name: string,
  kind: SiteKind,
  line: number,
  column: number,
  options?: SiteOptions,
  /** Where that is not the file of the others. */
  file?: string,
];

/** What the emitted code of one file works with. */
export interface Unit {
  /** The sites in the order given, or what stands for them while stopped: for async functions and generators. */
  readonly probes: Probe[];
  /** Number of the first site; the others follow. */
  readonly first: number;
  /** Begins a synchronous call. */
  readonly enter: typeof enter;
  /** Ends it. */
  readonly exit: typeof exit;
}

/** The object at the global symbol. */
export interface Registry {
  readonly monitor: PerformanceMonitor;
  /** For one file. Never throws; what it cannot serve gets sites that do nothing. */
  unit(protocol: number, file: string, sites: readonly SiteTuple[]): Unit;
  /** The site of something named at run time, for good: its user asks whether measuring is on. */
  operation(name: string, kind: SiteKind, options: SiteOptions): Probe;
  /** For test runners, which end their workers from outside. */
  readonly mayEnd: typeof mayEnd;
  /** What wrappers need of the copy that measures. */
  readonly live: typeof live;
  readonly timed: typeof timed;
}

const KEY: unique symbol = Symbol.for('tka-perf') as never;

interface Global {
  [KEY]?: Registry;
}

/** The thread's registry. */
export const registry: Registry = (globalThis as Global)[KEY] ?? create();

function create(): Registry {
  const isOff = isSwitchedOff();
  if (isOff) stop();
  else guarded(beginRun);
  setOnFirstCall(begin);
  const created: Registry = {
    monitor: new PerformanceMonitor(isOff),
    unit(protocol, file, sites) {
      if (protocol !== PROTOCOL) {
        countFailure('unknown-protocol');
        return strangeUnit();
      }
      return (isOff ? undefined : hidden(() => unitOf(file, sites))) ?? idleUnit(sites.length);
    },
    operation(name, kind, options) {
      if (isOff) return IDLE;
      return hidden(() => siteOf(name, kind, NOWHERE, options)) ?? IDLE;
    },
    mayEnd,
    live,
    timed,
  };
  Object.defineProperty(globalThis, KEY, { value: created, configurable: true });
  return created;
}

/** Now: what this process starts may call marked functions before it does so itself. */
function beginRun(): void {
  if (makesSnapshot(restored)) stop();
  else runId(epochNow());
}

/** Here the clock may go by another start of the machine. */
function restored(): void {
  if (isSwitchedOff()) return;
  beginUsage();
  start();
  runId(epochNow());
}

/** Most marks have none. */
const NO_OPTIONS: SiteOptions = {};

/**
 * By index: the array is the program's, and so are its methods and its iterator. What is kept is our own: in a program
 * with several realms, what was made in one keeps all of it.
 */
function unitOf(file: string, tuples: readonly SiteTuple[]): Unit {
  const functions: Listed[] = [];
  const kinds: SiteKind[] = [];
  for (let i = 0; i < tuples.length; i++) {
    const site = tuples[i] as SiteTuple;
    const options = site[4] ? { ...site[4] } : NO_OPTIONS;
    functions.push(listFunction(site[0], site[1], site[5] ?? file, site[2], site[3], options));
    kinds.push(site[1]);
  }
  return { probes: probesOf(functions, kinds), first: firstNumberOf(functions), enter, exit };
}

/** For emitted code of another version, whatever it does with it: nothing comes of it, and `await` gets its value. */
function strangeUnit(): Unit {
  const nothing: Unit = new Proxy((() => {}) as never, {
    get(_, key) {
      if (key === Symbol.toPrimitive) return () => 0;
      return key === 'suspend' || key === 'resume' ? (value: unknown) => value : nothing;
    },
    apply: () => nothing,
  });
  return nothing;
}

/** Nothing begins, and nothing ends. */
function idleUnit(sites: number): Unit {
  const probes: Probe[] = [];
  for (let i = 0; i < sites; i++) probes[i] = IDLE;
  return {
    probes,
    first: 0,
    enter: () => 0,
    exit: () => {},
  };
}
