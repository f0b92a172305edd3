import { usageError } from './errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Milliseconds of `90s`, `30m`, `24h`, `7d`, `2w`; undefined for another text. */
function durationOf(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*([smhdw])$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 0);
}

/** Milliseconds of a duration that a user wrote. @throws UserError where it is none */
export function parseDuration(text: string): number {
  const durationMs = durationOf(text);
  if (durationMs !== undefined) return durationMs;
  throw usageError(`"${text}" is no duration; write e.g. "90s", "30m", "24h" or "7d"`);
}

/** A month or a day, and maybe a time of it. */
const DATE = /^(\d{4}-\d\d)(-\d\d)?(?:[T ](\d\d:\d\d.*))?$/i;

/** Epoch milliseconds of a date, local unless it says of where it is; undefined where there is no such date. */
function dateOf(text: string): number | undefined {
  const [, month = '', day = '-01', time = '00:00'] = DATE.exec(text.trim()) ?? [];
  const date = `${month}${day}`;
  // The engine takes the 30th of February for the 2nd of March.
  const midnight = new Date(`${date}T00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date)) return undefined;
  const at = Date.parse(`${date}T${time.toUpperCase()}`);
  return Number.isNaN(at) ? undefined : at;
}

/** Epoch milliseconds of a moment: so long ago, or a date. @throws UserError where it is neither */
export function parseMoment(text: string, nowMs: number): number {
  const durationMs = durationOf(text);
  const at = durationMs === undefined ? dateOf(text) : nowMs - durationMs;
  if (at !== undefined) return at;
  throw usageError(`"${text}" is no time; write e.g. "30m", "24h", "7d" or "2026-11-23T12:00"`);
}
