/** A writer on a clock of its own, with functions that are called as the test says, and the truth about them. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JournalWriter } from '../../runtime/journal/flush.ts';
import { originOf } from '../../runtime/journal/introduction.ts';
import { NO_CALLER } from '../../runtime/stack/log-entry.ts';
import { recent } from '../../runtime/tally/recent.ts';
import type { Site } from '../../runtime/call/site.ts';
import { siteOf } from '../../runtime/call/sites.ts';
import { closeHours } from '../../runtime/journal/snapshot.ts';
import { allSites } from '../../runtime/call/sites.ts';
import { FakeClock } from '../runtime/support.ts';

/** What was really measured of a function. */
export interface Truth {
  calls: number;
  totalNs: number;
}

let made = 0;

/** One process that lives for long. */
export class LongRun {
  readonly clock: FakeClock = new FakeClock().install();
  readonly truth: Truth[];
  readonly sites: Site[];
  private readonly writer: JournalWriter;
  private state = 1;

  constructor(dir: string, functions: number) {
    process.env['TKA_PERF_DIR'] = dir;
    process.env['TKA_PERF_RUN'] = 'long';
    const serial = made++;
    this.sites = Array.from({ length: functions }, (_, i) =>
      siteOf(
        `src/service-${i % 40}/handlers.Handler${serial}.method${i}`,
        'method',
        { file: `src/service-${i % 40}/handlers.ts`, line: i, column: 2 },
        {},
      ),
    );
    this.truth = this.sites.map(() => ({ calls: 0, totalNs: 0 }));
    const origin = originOf(dir);
    const writer = origin && JournalWriter.create(origin);
    if (writer === undefined) throw new Error('no journal');
    this.writer = writer;
    recent.resize(1000);
    closeHours(allSites());
  }

  /** A number from 0 to 1 (Park and Miller, "Random number generators", 1988). */
  private random(): number {
    this.state = (this.state * 48_271) % 0x7fff_ffff;
    return this.state / 0x7fff_ffff;
  }

  /** Each function is called so many times, with durations around its own typical one and now and then far off. */
  callAll(times: number): void {
    this.sites.forEach((_, i) => {
      const typical = 2 ** (6 + (i % 20));
      for (let n = 0; n < times; n++) {
        const spread = Math.exp(1.6 * (this.random() + this.random() + this.random() - 1.5));
        const outlier = this.random() < 0.01 ? 50 : 1;
        this.call(i, Math.round(typical * spread * outlier));
      }
    });
  }

  /** One call of one function. */
  call(i: number, durationNs: number): void {
    const truth = this.truth[i];
    const site = this.sites[i];
    if (truth === undefined || site === undefined) return;
    if (!site.tally.isOpen) site.tally.open();
    truth.calls++;
    truth.totalNs += durationNs;
    recent.note(site.number, NO_CALLER, durationNs, durationNs + 40, this.clock.ms * 1e6, 1);
  }

  /** Time passes; then the timer flushes. */
  flushAfter(ms: number): void {
    this.clock.advance(ms);
    const isNewHour = this.clock.ms % 3_600_000 < ms;
    this.writer.flush('changes');
    if (isNewHour) closeHours(allSites());
  }

  /** The process ends in order. */
  end(): void {
    this.writer.flush('metrics', { reason: 'exit', exitCode: 0 });
    this.writer.close();
  }
}

/** Bytes of all files of a directory. */
export function sizeOf(dir: string): number {
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}
