/**
 * A site: one instrumented function. Emitted code calls it as the function begins and ends.
 *
 * The fast path of a synchronous call is `enter` and `exit`: two clock reads, some stores into typed arrays, no
 * allocation, and one test for everything unusual, which is handled out of line (site-slow-path methods below and
 * finish.ts). The clock is read last in `enter` and first in `exit`.
 */
import { Call, ENDED_CALL } from './call.ts';
import { NS_PER_MS, now } from './clock.ts';
import { countFailure, guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall, prepareCall } from './finish.ts';
import {
  due,
  excludeTime,
  FRAMES,
  frameChildNs,
  frameSite,
  frameStartMs,
  hot,
  PENDING,
  STOPPED,
} from './frames.ts';
import { InFlight } from './in-flight.ts';
import { countEagerSite } from './memory.ts';
import { explainFailures, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './promise-watch.ts';
import { drainInCall, recent } from './recent.ts';
import type { SiteKind, SiteOptions } from './record.ts';
import { runDue } from './schedule.ts';
import { BELOW_THRESHOLD, ERRORS, Tally, tallies, UNTIMED } from './tally.ts';

/** Where a site is. */
export interface Place {
  /** Path relative to the project root, `/`-separated; empty for operations named at run time. */
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** The place of what is named at run time. */
export const NOWHERE: Place = { file: '', line: 0, column: 0 };

interface Failure {
  readonly known: boolean;
  readonly thrown: unknown;
}

const UNKNOWN_FAILURE: Failure = { known: false, thrown: undefined };

const frameExtras: (CallExtra | undefined)[] = [];

/** One instrumented function. */
export class Site {
  /** Number of the site in this thread; negative for the site of calls that are not measured. */
  readonly index: number;
  readonly thresholdNs: number;
  readonly tally: Tally = new Tally();
  readonly inFlight: InFlight = new InFlight();
  readonly name: string;
  readonly kind: SiteKind;
  readonly options: SiteOptions;
  place: Place;
  /** Stack depth from which `enter` leaves the fast path; -1: always. */
  private limit: number = -1;

  constructor(index: number, name: string, kind: SiteKind, place: Place, options: SiteOptions) {
    this.index = index;
    this.name = name;
    this.kind = kind;
    this.place = place;
    this.options = options;
    this.thresholdNs = (options.threshold ?? 0) * NS_PER_MS;
    if (index >= 0) tallies[index] = this.tally;
    if (options.memory === true) countEagerSite();
  }

  /** A synchronous call begins. Returns what its `exit` is to be called on. */
  enter(): Site {
    const depth = hot.depth;
    if (hot.mode !== 0 || depth >= this.limit) {
      return (hot.mode & STOPPED) !== 0 || this.index < 0 ? OFF : this.enterSlowly(undefined);
    }
    frameSite[depth] = this.index;
    frameChildNs[depth] = 0;
    frameStartMs[depth] = now();
    hot.depth = depth + 1; // last: had the clock no stack left to run on, there would be no frame without a call
    return this;
  }

  /** The same for a call whose arguments are to be hashed. */
  enterArgs(args: ArrayLike<unknown>): Site {
    return (hot.mode & STOPPED) !== 0 || this.index < 0 ? OFF : this.enterSlowly(args);
  }

  /**
   * The synchronous call ends.
   *
   * @param ok - `undefined` where the body threw.
   * @param value - What is returned; a native promise keeps the call open until it settles.
   */
  exit(ok?: unknown, value?: unknown): void {
    const index = this.index;
    if (index < 0) return;
    const endMs = now();
    const depth = hot.depth - 1;
    if (
      endMs >= (due[0] as number) ||
      ok === undefined ||
      depth < 0 ||
      frameSite[depth] !== index ||
      (typeof value === 'object' && value !== null && isPromise(value))
    ) {
      this.exitSlowly(ok === undefined ? UNKNOWN_FAILURE : undefined, value, endMs);
      return;
    }
    hot.depth = depth;
    const durationNs = (endMs - (frameStartMs[depth] as number)) * NS_PER_MS;
    const selfNs = durationNs - (frameChildNs[depth] as number);
    if (depth > 0) frameChildNs[depth - 1] = (frameChildNs[depth - 1] as number) + durationNs;
    if (durationNs < this.thresholdNs) {
      this.tally.bump(BELOW_THRESHOLD, 1);
      return;
    }
    const { ring, next } = recent;
    ring[next] = index;
    ring[next + 1] = durationNs;
    ring[next + 2] = selfNs;
    ring[next + 3] = endMs;
    recent.next = next + 4;
    if (next + 4 === recent.limit) drainInCall();
  }

  /** The synchronous call ends by an error that the caller has caught (wrappers at run time do, emitted code not). */
  exitFailed(thrown: unknown): void {
    if (this.index >= 0) this.exitSlowly({ known: true, thrown }, undefined, now());
  }

  /** A call of an async function or a generator begins. */
  start(): Call {
    return this.begin(undefined);
  }

  /** The same for a call whose arguments are to be hashed. */
  startArgs(args: ArrayLike<unknown>): Call {
    return this.begin(args);
  }

  /** A `catch` clause of instrumented code has caught `thrown`. */
  caught(thrown: unknown): void {
    if ((hot.mode & PENDING) !== 0) guarded(() => explainFailures(thrown));
  }

  private enterSlowly(args: ArrayLike<unknown> | undefined): Site {
    const depth = hot.depth;
    if (depth >= FRAMES) {
      countFailure('stack-too-deep');
      return OFF;
    }
    guarded(() => {
      const extra = this.prepare(args);
      frameExtras[depth] = extra;
      frameSite[depth] = extra ? ~this.index : this.index;
      frameChildNs[depth] = 0;
      frameStartMs[depth] = now();
      hot.depth = depth + 1;
    });
    return this;
  }

  private begin(args: ArrayLike<unknown> | undefined): Call {
    if (this.index < 0 || (hot.mode & STOPPED) !== 0) return ENDED_CALL;
    const usual = hot.mode === 0 && this.limit >= 0 && !args;
    const extra = usual ? undefined : guarded(() => this.prepare(args));
    return new Call(this, now(), extra, 0);
  }

  private prepare(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    const beginMs = now();
    const extra = prepareCall(this, args, beginMs);
    if (this.options.memory !== true) this.limit = FRAMES;
    excludeTime(now() - beginMs);
    return extra;
  }

  private exitSlowly(failure: Failure | undefined, value: unknown, endMs: number): void {
    guarded(() => {
      if (!failure) forgetFailures(); // a caller goes on in order: somebody has swallowed the error
      const depth = this.popFrame();
      if (depth < 0) this.endUntimed(!failure);
      else this.endFrame(depth, failure, value, endMs);
      if (failure?.known === true) explainFailures(failure.thrown);
      if (endMs >= (due[0] as number)) runDue(endMs);
      excludeTime(now() - endMs);
    });
  }

  /** Pops down to the topmost frame of this site: frames above it have lost their exit. -1 where there is none. */
  private popFrame(): number {
    let depth = hot.depth - 1;
    while (depth >= 0 && frameSite[depth] !== this.index && frameSite[depth] !== ~this.index) depth--;
    if (depth >= 0) hot.depth = depth;
    return depth;
  }

  private endFrame(depth: number, failure: Failure | undefined, value: unknown, endMs: number): void {
    const extra = (frameSite[depth] ?? 0) < 0 ? frameExtras[depth] : undefined;
    frameExtras[depth] = undefined;
    const startMs = frameStartMs[depth] ?? 0;
    const durationNs = (endMs - startMs) * NS_PER_MS;
    const selfNs = Math.max(0, durationNs - (frameChildNs[depth] ?? 0));
    if (depth > 0) frameChildNs[depth - 1] = (frameChildNs[depth - 1] ?? 0) + durationNs;
    if (!failure && isPromise(value)) {
      new Call(this, startMs, extra, selfNs).follow(value, endMs);
      return;
    }
    const ok = !failure;
    const error = failure?.known === true ? errorText(failure.thrown) : undefined;
    const metric = finishCall(this, { durationNs, selfNs, endMs, ok, extra, error });
    if (failure?.known === false && metric) rememberFailure(this, metric);
  }

  private endUntimed(ok: boolean): void {
    if (!this.tally.isOpen) this.tally.open();
    this.tally.bump(UNTIMED, 1);
    if (!ok) this.tally.bump(ERRORS, 1);
    countFailure('entry-lost');
  }
}

/** The site of calls that are not measured: while stopped, and in a program whose runtime is off. */
export const OFF: Site = new Site(-1, '', 'operation', NOWHERE, {});
