/**
 * Switching measuring on and off. While it is stopped, synchronous calls are skipped without an end (skips.ts), and async
 * ones find something idle in the place of their sites.
 */
import { dropBurst } from './burst.ts';
import { ENDED_CALL, type Call } from './call.ts';
import { parkStack, raise, resumeStack, STOPPED } from '../stack/frames.ts';
import type { SiteKind } from '../format/record.ts';
import { tellCaught } from './pending.ts';
import { BEGUN_BY_SITE, type Listed, type Site } from './site.ts';
import { siteAt } from './sites.ts';
import { resumeSkips, suspendSkips } from '../stack/skips.ts';

/**
 * What async calls find while nothing is measured. So little that V8 makes next to nothing of it. Synchronous calls are told
 * by number, and what their functions have caught by this.
 */
export class Idle {
  start(): Call {
    return ENDED_CALL;
  }

  startArgs(): Call {
    return ENDED_CALL;
  }

  open(): Call {
    return ENDED_CALL;
  }

  caught(thrown: unknown): void {
    tellCaught(thrown);
  }
}

/** The one object in the place of sites. */
export const IDLE: Idle = new Idle();

/** What emitted code may find. */
export type Probe = Site | Idle;

/** The arrays given out; weakly held, because a file that is loaded anew time and again gets one each time. */
let units: { readonly probes: Pick<WeakRef<Probe[]>, 'deref'>; readonly running: readonly Probe[] }[] = [];
/** Workers of before 2025 have none. */
const WeakHolder = typeof WeakRef === 'function' ? WeakRef : undefined;
/** Number of them at which those no longer in use are dropped. */
let crowd = 1000;
let stopped = false;

/** Whether nothing is measured. */
export function isStopped(): boolean {
  return stopped;
}

/**
 * The array in which a file's emitted code finds the sites of its functions, or what stands for them.
 *
 * @param kinds - What the functions are in this file; under its name, one may have been something else in another.
 */
export function probesOf(functions: readonly Listed[], kinds: readonly SiteKind[]): Probe[] {
  const running = functions.map<Probe>(({ number }, i) =>
    BEGUN_BY_SITE.has(kinds[i] as SiteKind) ? siteAt(number) : IDLE,
  );
  if (running.every((probe) => probe === IDLE)) return running;
  const probes = running.map(live);
  units.push({ probes: WeakHolder ? new WeakHolder(probes) : { deref: () => probes }, running });
  if (units.length > crowd) {
    units = units.filter((unit) => unit.probes.deref());
    crowd = 2 * units.length + 1000;
  }
  return probes;
}

/** The probe, or what stands for it while stopped: for callers that keep one themselves. */
export function live(probe: Probe): Probe {
  return stopped ? IDLE : probe;
}

/** Measures no call that begins from now on. */
export function stop(): void {
  stopped = true;
  dropBurst();
  raise(STOPPED);
  suspendSkips();
  parkStack();
  update();
}

/** Measures again. */
export function start(): void {
  stopped = false;
  raise(STOPPED, false);
  resumeSkips();
  resumeStack();
  update();
}

function update(): void {
  units.forEach(({ probes, running }) => {
    const array = probes.deref();
    if (array) running.forEach((probe, i) => (array[i] = live(probe)));
  });
}
