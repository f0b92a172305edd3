import { setClock } from '../../runtime/platform/clock.ts';
import { budget } from '../../runtime/budget/budget.ts';
import { enter, exit } from '../../runtime/call/entry.ts';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import type { PerformanceMonitor } from '../../runtime/monitor.ts';
import type { SiteKind, SiteOptions } from '../../runtime/format/record.ts';
import { installProbes } from '../../runtime/call/probes.ts';
import type { Site } from '../../runtime/call/site.ts';
import { siteOf } from '../../runtime/call/sites.ts';

// As the first site of a program does.
installProbes();
// Every call is timed, however long the machine takes for it; a test of sampling says itself what is sampled.
budget.configure(Infinity);

/** A clock that stands still until it is moved. */
export class FakeClock {
  ms: number = 1000;
  /** Epoch milliseconds at which the monotonic clock stands at 0: a full hour. */
  epochMs: number = 1_800_000 * 1_000_000;

  install(): this {
    setClock(
      () => this.ms,
      () => this.epochMs + this.ms,
    );
    return this;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}

let made = 0;

/** A fresh site with a name of its own, `src/test.<last>` unless it says otherwise. */
export function makeSite(last: string, kind: SiteKind = 'function', options: SiteOptions = {}): Site {
  return siteOf(`src/test.s${made++}.${last}`, kind, { file: 'src/test.ts', line: 1, column: 0 }, options);
}

/** What emitted code does around a synchronous body. */
export function callSync<T>(site: Site, body: () => T, args?: ArrayLike<unknown>): T {
  let token = enter(0, site.number, args);
  let result: T | undefined;
  try {
    result = body();
    token = ~token;
  } finally {
    exit(token, result);
  }
  return result;
}

/** The numbers of a site that must have been called. */
export function statsOf(monitor: PerformanceMonitor, site: Site | string): AggregateMetrics {
  const name = typeof site === 'string' ? site : site.name;
  const stats = monitor.getFunctionStats(name);
  if (stats === undefined) throw new Error(`${name} was never called`);
  return stats;
}
