/** What the codes mean by which the runtime counts what it could not do (docs/production.md). */

/** By the code. */
export const MEANINGS: Readonly<Record<string, string>> = {
  'journal-ELOOP': 'the journal’s directory is a symbolic link',
  'journal-removed': 'a file was removed, and all of it written anew',
  'bad-budget': 'the budget that was given is no share',
  'bad-option': 'configure() was given what it does not know',
  'bad-metric': 'recordMetric was given no duration, or no time',
  'decorated-field': 'no decorator reaches the function in a field',
  'too-many-functions': 'there was no room for more functions',
  'no-roll-up': '"tka-perf clean" puts the run’s files together',
  'stack-too-deep': 'calls so deep that they were only counted',
  'entry-lost': 'calls that were broken off as they began',
  'broken-off': 'a time limit of vm: calls until the end of the turn are missing',
  'unknown-protocol': 'code that another version has instrumented',
  internal: 'the runtime failed, or the stack was at its end',
};

const UNWRITTEN = 'a file of the journal could not be written';

/** The meaning of a code as the end of its line; `''` of one of the system's. */
export function explainFailure(code: string): string {
  const meaning = MEANINGS[code] ?? (code.startsWith('journal-') ? UNWRITTEN : '');
  return meaning && `, ${meaning}`;
}
