import { randomBytes } from 'node:crypto';

/** Nothing is to be measured: as the runtime reads it. */
export function isOff(): boolean {
  return /^(?:off|0|false|no)$/i.test(process.env['TKA_PERF'] ?? '');
}

/** All processes and workers that this one starts write to one run, whichever of them is the first to call a marked function. */
export function beginRun(): void {
  if (!isOff()) process.env['TKA_PERF_RUN'] ||= runId(new Date());
}

/** As the runtime makes them: they sort by time. */
function runId(now: Date): string {
  const digits = now.toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}
