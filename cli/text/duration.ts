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

/** Epoch milliseconds of a moment: so long ago, or a date. @throws UserError where it is neither */
export function parseMoment(text: string, nowMs: number): number {
  const durationMs = durationOf(text);
  if (durationMs !== undefined) return nowMs - durationMs;
  const date = Date.parse(text);
  if (!Number.isNaN(date) && /^\d{4}-/.test(text)) return date;
  throw usageError(`"${text}" is no time; write e.g. "30m", "24h", "7d" or "2026-11-23T12:00"`);
}
