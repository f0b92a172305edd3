/**
 * Failures whose error is not known yet.
 *
 * Emitted code ends a synchronous call in `finally`, which tells that the body threw and not what: `catch` and rethrow
 * would change the source line that Node prints for an uncaught error. So a failed exit is remembered here until the
 * error shows itself: in a `catch` clause of instrumented code, in the failure of an async call, or uncaught. Between
 * the two nothing else may have happened; whatever shows that the error was swallowed on the way by code that is not
 * instrumented (a call has begun, a call has returned in order, the job ends) makes the failure stay without a message. And
 * the error must not contradict: its stack, where it has one, names the function that failed. That is looked at as late as
 * can be, when somebody asks or the journal is written: reading a stack formats it, and what the program does to the
 * message from then on is not in it any more, nor does Node print the source line of an error that is not caught.
 * A message is rather missing than wrong.
 */
import { guarded } from '../platform/diagnostics.ts';
import { nodeProcess } from '../platform/platform.ts';
import { now } from '../platform/clock.ts';
import { later, soon } from '../platform/timers.ts';
import { errorText, isLaden, stackText } from './error-text.ts';
import { BOTTOM, FAILED, isRaised, PENDING, raise, stack, TOP } from '../stack/frames.ts';
import { updateDue } from '../stack/schedule.ts';

/** A site as far as its failures are concerned. */
export interface FailingSite {
  readonly kind: string;
  readonly name: string;
  readonly place: { readonly file: string };
  readonly tally: { readonly lastErrorMs: number; setError(text: string, atMs: number): void };
}

/** Where the message of one failed call goes. */
export interface FailureExtra {
  error?: string;
}

interface Failure {
  readonly site: FailingSite;
  readonly extra: FailureExtra;
}

/** Calls an error may pass through and still be explained to; of longer chains the innermost stay unexplained. */
const MAX_FAILURES = 64;
const failures: Failure[] = [];
/** Place on the shadow stack of the call that has failed last. */
let lowest = 0;
/** They are forgotten at the end of the job. */
let isEndAwaited = false;
/** Failures whose job ended without their error having shown itself: the error may still end the program. */
let parted: Failure[] = [];

/** Remembers that a call of the site, at a place on the shadow stack, has just failed. */
export function rememberFailure(site: FailingSite, extra: FailureExtra, place: number): void {
  if (place !== lowest - 1 || !isUntouched()) forgetFailures();
  if (failures.length === 0) forgetAtEndOfJob();
  else if (failures.length === MAX_FAILURES) failures.shift();
  failures.push({ site, extra });
  lowest = place;
  stack[place] = FAILED;
  parted = [];
  raise(PENDING);
  updateDue();
}

/**
 * Whether no other call has begun since where the last one failed. Calls that are only counted tell nobody of their
 * beginning and their end, but they leave their tags on the stack.
 */
function isUntouched(): boolean {
  return stack[lowest] === FAILED;
}

/** Once for all that fail in one job: each time would be memory, for as long as the job goes on. */
function forgetAtEndOfJob(): void {
  if (isEndAwaited) return;
  isEndAwaited = true;
  soon(() => {
    isEndAwaited = false;
    if (failures.length === 0) return;
    parted = lowest === BOTTOM && isUntouched() ? failures.slice() : [];
    forgetFailures();
  });
}

/** How many of the calls noted last may yet get a message. */
export function failuresInDoubt(): number {
  return failures.length;
}

/** The failures remembered were swallowed, or their error replaced: they stay without a message. */
export function forgetFailures(): void {
  if (failures.length === 0) return;
  failures.length = 0;
  raise(PENDING, false);
  updateDue();
}

/** An error that has shown itself, and what it said then. */
interface Shown {
  readonly failed: readonly Failure[];
  readonly thrown: unknown;
  readonly text: string | undefined;
  readonly atMs: number;
}

/** More than these are not compared with their failures between two times that somebody asks: it takes some 30 us each. */
const MOST_SHOWN = 64;
/** Those that have not been compared yet. */
let unverified: Shown[] = [];
/** Of more of them the last of each site. */
const newest = new Map<FailingSite, Shown>();
/** Of those on which something hangs, that the program may have let go of, the last of so many sites. */
const MOST_LADEN = 32;
const laden = new Map<FailingSite, Shown>();

/** The error has shown itself: tells the failures it passed through, when it has been compared with them. */
export function explainFailures(thrown: unknown): void {
  const [innermost] = failures;
  // Whoever sees the error is the caller of the call that failed last: between them nothing has returned in order.
  if (innermost && stack[TOP] === lowest && isUntouched()) {
    noteShown(innermost.site, shown(failures.slice(), thrown));
  }
  forgetFailures();
}

/** Instrumented code has caught `thrown`, which must not throw into it. */
export function tellCaught(thrown: unknown): void {
  if (isRaised(PENDING)) guarded(() => explainFailures(thrown));
}

/** Gives failures the message of the error that they were seen with. Whatever reads messages does this first. */
export function verifyFailures(): void {
  const all = [...unverified, ...newest.values(), ...laden.values()];
  unverified = [];
  newest.clear();
  laden.clear();
  for (const each of all) explain(each, true);
}

/**
 * The error ends the program. One thrown as a module was evaluated arrives as a rejection, some jobs later: then its
 * stack, which Node has read by now, must name the function that failed.
 */
export function explainUncaught(thrown: unknown): void {
  explainFailures(thrown);
  explain(shown(parted, thrown), false);
  parted = [];
}

function noteShown(site: FailingSite, each: Shown): void {
  const isFirst = unverified.length + laden.size === 0;
  if (isLaden(each.thrown)) {
    noteLast(laden, site, each);
    if (laden.size > MOST_LADEN) for (const [oldest] of laden) return void laden.delete(oldest);
  } else if (unverified.length < MOST_SHOWN) unverified.push(each);
  else noteLast(newest, site, each);
  // Where nobody writes a journal nobody may ever ask; and no other engine prints a source line from what it has noted.
  if (!nodeProcess && isFirst) later(verifyFailures);
}

/** The last one in the order of their times. */
function noteLast(of: Map<FailingSite, Shown>, site: FailingSite, each: Shown): void {
  of.delete(site);
  of.set(site, each);
}

function shown(failed: readonly Failure[], thrown: unknown): Shown {
  return { failed, thrown, text: errorText(thrown), atMs: now() };
}

function explain({ failed, thrown, text, atMs }: Shown, benefitOfDoubt: boolean): void {
  if (failed.length === 0 || text === undefined) return;
  const stack = stackText(thrown);
  for (const { site, extra } of failed) {
    if (!(comesFrom(site, stack) ?? benefitOfDoubt)) continue;
    extra.error = text;
    // Another one may have been known at once.
    if (!(atMs < site.tally.lastErrorMs)) site.tally.setError(text, atMs);
  }
}

/**
 * Whether the stack names the site's function; `undefined` where nothing follows from it: the value has no stack, or the
 * function no name of its own there. Names of functions survive bundling, files and lines do not.
 */
function comesFrom({ kind, name, place }: FailingSite, stack: string | undefined): boolean | undefined {
  const isNamedByMark = !name.startsWith(`${place.file.replace(/\.\w+$/, '')}.`);
  if (stack === undefined || isNamedByMark) return undefined;
  if (kind === 'constructor') return stack.includes('new ');
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (!/^(?:[gs]et )?#?[\w$]+$/.test(last)) return undefined;
  return stack.includes(` ${last} `) || stack.includes(`.${last} `) || stack.includes(` ${last}\n`);
}
