/** Empty calls: what they take is what measuring takes. */
import { setProbe } from './calibration.ts';
import { DEPTH, DUE, FRAMES, hot, pace, PENDING, SAMPLE, SITE_MASK } from './frames.ts';
import { setEmptySample } from './memory.ts';
import { NOWHERE } from './place.ts';
import { Site } from './site.ts';
import { enterLaden, setWarmUp } from './sync-call.ts';

/** Sites that no table knows. The second one's call is under its threshold, and so leaves no entry in the log. */
const TIMED_SITE = new Site(SITE_MASK - 2, '', 'operation', NOWHERE, {});
const SAMPLED_SITE = new Site(SITE_MASK - 1, '', 'operation', NOWHERE, { threshold: Infinity });

/** Tells what measures itself what to repeat. */
export function installProbes(): void {
  setProbe((calls) => undisturbed(() => timedCalls(calls)));
  setWarmUp(TIMED_SITE);
  setEmptySample(() => undisturbed(callWithSample));
}

/** By the fast path, whatever else is the case. */
function timedCalls(calls: number): void {
  TIMED_SITE.limit = FRAMES;
  for (let i = 0; i < calls; i++) TIMED_SITE.enter().exit(undefined);
}

/** One empty call with a memory sample. */
function callWithSample(): void {
  hot[SAMPLE] = 1;
  enterLaden(SAMPLED_SITE, hot[DEPTH] as number, undefined);
  SAMPLED_SITE.exit(undefined);
}

/** While nothing is due, no failure waits and no sample is asked for. */
function undisturbed(call: () => void): void {
  const dueMs = pace[DUE] as number;
  const sample = hot[SAMPLE] as number;
  const pending = hot[PENDING] as number;
  pace[DUE] = Infinity;
  hot[SAMPLE] = hot[PENDING] = 0;
  call();
  hot[SAMPLE] = sample;
  hot[PENDING] = pending;
  pace[DUE] = dueMs;
}
