/** What stands at the ticks of a plot's axes. */
import { formatCount, formatTime } from '../../text/format.ts';

/** Counts; nothing at half a call. */
export function wholeCounts(ticks: readonly number[]): string[] {
  return ticks.map((count) => (Number.isInteger(count) ? formatCount(count) : ''));
}

const DAY_MS = 86_400_000;

/**
 * Times as the page's head has them, as much of each as tells it from the next one.
 *
 * @param ticks epoch milliseconds
 * @param stepMs between two ticks
 */
export function moments(ticks: readonly number[], stepMs: number): string[] {
  return ticks.map((atMs) => {
    const [day = '', time = ''] = formatTime(atMs).split(' ');
    if (stepMs >= DAY_MS) return day;
    if (stepMs >= 60_000) return time.slice(0, 5);
    return stepMs >= 1_000 ? time : `${time.slice(3)}.${String(atMs % 1_000).padStart(3, '0')}`;
  });
}
