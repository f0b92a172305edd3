/**
 * The calls of an async function or a generator that are counted and not timed: one object for all of a site's, which
 * keeps the number in flight and the errors exact, and the shadow stack true.
 *
 * One of thousands is timed, by an object of its own: it goes the same way, but for its beginning and its end. Code that runs
 * for it alone would lie in no cache, and V8 would compile it within just these calls.
 */
import type { BudgetedSite } from '../budget/account.ts';
import { guarded } from '../platform/diagnostics.ts';
import { noteStretch } from './burst.ts';
import { atBlockEnd } from './disposal.ts';
import { errorText } from './error-text.ts';
import { BURST, isRaised, PENDING, pushCounted, stack, STRETCH, TOP, topPlace } from '../stack/frames.ts';
import type { RecordingSite } from './finish.ts';
import type { InFlight } from '../stack/in-flight.ts';
import { explainFailures, tellCaught } from './pending.ts';
import { isPlainPromise, isPromise, observe } from './native-promise.ts';
import { type SettleListener, watch } from './promise-watch.ts';
import { now } from '../platform/clock.ts';
import { ERRORS } from '../tally/sums.ts';
import type { Tally } from '../tally/tally.ts';

/** A site as far as its open calls go. */
export interface CallSite extends RecordingSite, BudgetedSite {
  readonly tally: Tally;
  readonly inFlight: InFlight;
}

/** What times a call. */
interface Timing {
  open(): unknown;
  settle(value: unknown): void;
  fail(thrown: unknown): void;
  end(): void;
}

/** What emitted code holds of a call that is counted. The same methods as a {@link Call}'s. */
export class CountedCall implements SettleListener {
  private readonly site: CallSite;
  private readonly hasReturned: boolean;
  private readonly timing: Timing | undefined;

  /**
   * @param hasReturned - It is a plain function's, which has returned a promise.
   * @param timing - Of the one call that this is of.
   */
  constructor(site: CallSite, hasReturned: boolean = false, timing: Timing | undefined = undefined) {
    this.site = site;
    this.hasReturned = hasReturned;
    this.timing = timing;
  }

  /** A plain function has returned a promise: an error is counted when it settles. */
  static follow(site: CallSite, promise: Promise<unknown>): void {
    const call = new CountedCall(site, true);
    site.inFlight.begin(true);
    if (!watch(promise, now(), call, site.inFlight)) site.inFlight.end(true);
  }

  /** A call begins. */
  begin(): this {
    const { timing } = this;
    if (timing === undefined) this.site.inFlight.begin(this.hasReturned);
    this.enter();
    if (timing !== undefined) timing.open();
    return this;
  }

  /** As {@link Call.settle}. */
  settle(value?: unknown): void {
    this.leave();
    const { timing } = this;
    if (timing !== undefined) timing.settle(value);
    else if (typeof value !== 'object' || value === null || !isPromise(value)) {
      this.site.inFlight.end(this.hasReturned);
    } else this.observe(value);
  }

  private observe(value: Promise<unknown>): void {
    guarded(() => {
      if (isPlainPromise(value))
        observe(
          value,
          () => this.settled(0, true, undefined),
          (reason) => this.settled(0, false, errorText(reason)),
        );
      else if (!watch(value, now(), this, this.site.inFlight)) this.site.inFlight.end(this.hasReturned);
    });
  }

  /** The promise followed has settled. */
  settled(_atMs: number, ok: boolean, message: string | undefined): void {
    this.site.inFlight.end(this.hasReturned);
    if (!ok) this.countError(message);
  }

  /** The body threw; `end` follows. */
  fail(thrown: unknown): void {
    if (this.timing !== undefined) this.timing.fail(thrown);
    else this.failCounted(thrown);
  }

  private failCounted(thrown: unknown): void {
    guarded(() => {
      if (isRaised(PENDING)) explainFailures(thrown);
      this.countError(errorText(thrown));
    });
  }

  /** The body has ended. */
  end(): void {
    this.leave();
    if (this.timing !== undefined) this.timing.end();
    else this.site.inFlight.end(this.hasReturned);
  }

  /** A `yield` or an `await` begins. */
  suspend<T>(value: T): T {
    this.leave();
    return value;
  }

  /** The function goes on. */
  resume<T>(value: T): T {
    this.enter();
    return value;
  }

  /** As {@link Call.suspender}. */
  suspender(): unknown {
    return atBlockEnd(() => this.leave());
  }

  /** A `catch` of the function begins, after an `await` perhaps that failed. */
  caught(thrown: unknown): void {
    tellCaught(thrown);
    this.enter();
  }

  private enter(): void {
    if (this.isRunning()) return;
    const place = pushCounted(this.site.number | STRETCH);
    if (isRaised(BURST)) noteStretch(place, true);
  }

  private leave(): void {
    if (!this.isRunning()) return;
    const place = topPlace() - 1;
    stack[TOP] = place;
    if (isRaised(BURST)) noteStretch(place, false);
  }

  /** Whether the topmost frame is a stretch of one of these calls. */
  private isRunning(): boolean {
    return stack[topPlace() - 1] === (this.site.number | STRETCH);
  }

  private countError(message: string | undefined): void {
    const { tally } = this.site;
    tally.bump(ERRORS, 1);
    if (message !== undefined) tally.setError(message, now());
  }
}
