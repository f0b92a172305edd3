/**
 * One call that outlives its stack: of an async function, of a generator, or of a function that returned a promise.
 */
import { NS_PER_MS, now } from './clock.ts';
import { guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall, type RecordingSite } from './finish.ts';
import { hot, PENDING } from './frames.ts';
import type { InFlight, InFlightCall } from './in-flight.ts';
import { explainFailures } from './pending.ts';
import { isPlainPromise, isPromise, observe, type SettleListener, watch } from './promise-watch.ts';
import { ACTIVE, WAIT } from './tally.ts';

/** A site as far as its open calls go. */
export interface CallSite extends RecordingSite {
  readonly inFlight: InFlight;
}

/** Emitted code holds it from the function's beginning to its end. Calls after the first end do nothing. */
export class Call implements SettleListener, InFlightCall {
  readonly startMs: number;
  older: InFlightCall | undefined;
  newer: InFlightCall | undefined;
  listed: boolean = false;
  private ended: boolean = false;
  /** Where the present stretch, running or suspended, began. */
  private stretchMs: number;
  private suspended: boolean = false;
  private activeNs: number = 0;
  private waitNs: number = 0;
  private readonly site: CallSite | undefined;
  private readonly extra: CallExtra | undefined;
  private readonly selfNs: number;

  constructor(site: CallSite | undefined, startMs: number, extra: CallExtra | undefined, selfNs: number) {
    this.site = site;
    this.startMs = this.stretchMs = startMs;
    this.extra = extra;
    this.selfNs = selfNs;
    if (site) site.inFlight.add(this);
    else this.ended = true;
  }

  /**
   * An async function returns `value`. A plain promise is observed: `return` inside an async function attaches handlers
   * to it anyway, so this hides no rejection. The promise of a subclass is watched from outside; any other value,
   * foreign thenables included, is left alone and ends the call now.
   */
  settle(value?: unknown): void {
    if (this.ended) return;
    guarded(() => {
      if (isPlainPromise(value)) {
        const done = (): void => this.finish(now(), true, undefined);
        observe(value, done, (reason) => this.finish(now(), false, errorText(reason)));
      } else if (typeof value === 'object' && isPromise(value)) this.follow(value, now());
      else this.finish(now(), true, undefined);
    });
  }

  /** The call ends when the promise settles, which is learnt without touching the promise. */
  follow(promise: Promise<unknown>, returnedMs: number): void {
    if (!watch(promise, returnedMs, this)) this.finish(returnedMs, true, undefined);
  }

  /** The promise followed has settled. */
  settled(atMs: number, ok: boolean, message: string | undefined): void {
    this.finish(atMs, ok, message);
  }

  /** The body threw. */
  fail(thrown: unknown): void {
    if (this.ended) return;
    const endMs = now();
    guarded(() => {
      if ((hot.mode & PENDING) !== 0) explainFailures(thrown);
      this.finish(endMs, false, errorText(thrown));
    });
  }

  /** A generator's body has ended, by itself or because the consumer closed it. */
  end(): void {
    this.finish(now(), true, undefined);
  }

  /** A generator yields `value` to its consumer. */
  suspend<T>(value: T): T {
    if (!this.ended) {
      const atMs = now();
      this.closeStretch(atMs);
      this.suspended = true;
    }
    return value;
  }

  /** The consumer goes on with `value`. */
  resume<T>(value: T): T {
    if (!this.ended) {
      this.closeStretch(now());
      this.suspended = false;
    }
    return value;
  }

  private closeStretch(atMs: number): void {
    const stretchNs = (atMs - this.stretchMs) * NS_PER_MS;
    // An error or a return injected at a `yield` comes back without `resume`: the stretch was the consumer's.
    if (this.suspended) this.waitNs += stretchNs;
    else this.activeNs += stretchNs;
    this.stretchMs = atMs;
  }

  private finish(endMs: number, ok: boolean, error: string | undefined): void {
    const { site, extra, selfNs } = this;
    if (this.ended || !site) return;
    this.ended = true;
    guarded(() => {
      site.inFlight.remove(this);
      this.closeStretch(endMs);
      const durationNs = (endMs - this.startMs) * NS_PER_MS;
      if (!finishCall(site, { durationNs, selfNs, endMs, ok, extra, error })) return;
      site.tally.bump(ACTIVE, this.activeNs);
      site.tally.bump(WAIT, this.waitNs);
    });
  }
}

/** The call that is given out while nothing is measured. */
export const ENDED_CALL: Call = new Call(undefined, 0, undefined, 0);
