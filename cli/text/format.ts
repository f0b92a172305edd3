/** What a cell shows where nothing was measured. */
export const NOTHING = '–';

/** Three significant digits, without an exponent; `value` lies in [0, 1000). */
function threeDigits(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return value.toFixed(decimals);
}

/** Units of two columns each, so that the digits of right-aligned cells stand under each other. */
const DURATION_UNITS = [
  { unit: 'ns', ms: 1e-6 },
  { unit: 'µs', ms: 1e-3 },
  { unit: 'ms', ms: 1 },
  { unit: ' s', ms: 1e3 },
] as const;

/** A duration in at most six columns: `78.0ns`, `1.23ms`, `4.56 s`, `20m34s`, `3h25m`, `2d03h`. */
export function formatDuration(durationMs: number | undefined): string {
  if (durationMs === undefined || !Number.isFinite(durationMs)) return NOTHING;
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs === 0) return '0 s';
  if (durationMs >= 999_500) return formatLongDuration(durationMs / 1000);
  for (const { unit, ms } of DURATION_UNITS) {
    // 999.5 would round to 1000, which is the next unit's 1.00.
    if (durationMs / ms < 999.5) return threeDigits(durationMs / ms) + unit;
  }
  return NOTHING;
}

function formatLongDuration(durationS: number): string {
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    `${big}${bigUnit}${String(small).padStart(2, '0')}${smallUnit}`;
  const seconds = Math.round(durationS);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm');
  const hours = Math.round(minutes / 60);
  return hours < 2_400 ? pair(Math.floor(hours / 24), 'd', hours % 24, 'h') : `${Math.round(hours / 24)}d`;
}

const BYTE_UNITS = [' B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes, 1024 to the kB as the seed counts them, at most seven columns with the sign: `512 B`, `-1.25MB`. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return NOTHING;
  if (bytes < 0) return `-${formatBytes(-bytes)}`;
  let value = bytes;
  for (const unit of BYTE_UNITS) {
    if (unit === ' B' && value < 999.5) return `${Math.round(value)}${unit}`;
    if (value < 999.5) return threeDigits(value) + unit;
    value /= 1024;
  }
  return `${value.toExponential(1)}PB`;
}

const COUNT_UNITS = ['', 'k', 'M', 'G', 'T'] as const;

/** A count, exact with thousands separated up to nine columns (`1,234,567`), in four digits above (`145.2M`). */
export function formatCount(count: number): string {
  if (count < 10_000_000) return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  let value = count;
  for (const unit of COUNT_UNITS) {
    if (value < 999.95) return `${value.toFixed(value < 99.995 ? 2 : 1)}${unit}`;
    value /= 1000;
  }
  return count.toExponential(3);
}

/** `1 function`, `2 functions`. */
export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** Local time to the second, in the order that sorts: `2026-11-23 15:24:58`. */
export function formatTime(epochMs: number): string {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return NOTHING;
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
