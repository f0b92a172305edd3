import { usageError } from './text/errors.ts';

/**
 * Parses the value of an option that names something: an empty one is a mistake, most often a shell variable that is not
 * set.
 *
 * @param option as users write it, before "must name"
 */
export function naming(option: string, what: string): (value: string) => string {
  return (value) => {
    if (value === '') throw usageError(`${option} must name ${what}`);
    return value;
  };
}

/** The value of `--limit`. @throws UserError where it is no whole number */
export function parseLimit(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`--limit takes a whole number, 0 for all, not "${text}"`);
}
