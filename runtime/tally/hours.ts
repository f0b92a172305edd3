/** Calls of a function by the hour. */
import { type ClosedHour, HOURS_KEPT } from '../format/hours.ts';

/** Who counts them. */
export interface HourlyCounter {
  /** So far. */
  readonly calls: number;
  /** Closed hours, oldest first. */
  hours: readonly ClosedHour[];
  /** What `calls` was when the last one was closed. */
  callsBeforeHour: number;
}

/** None is closed yet. */
export const NO_HOURS: readonly ClosedHour[] = [];

/** Calls of the hour that is not closed yet. */
export function callsThisHour({ calls, callsBeforeHour }: HourlyCounter): number {
  return calls - callsBeforeHour;
}

/** Calls of hours that are not kept any more. */
export function callsBeforeHours({ hours, callsBeforeHour }: HourlyCounter): number {
  let calls = callsBeforeHour;
  for (let i = 0; i < hours.length; i++) calls -= (hours[i] as ClosedHour)[1];
  return calls;
}

/** Closes an hour: what was counted since the last one was belongs to it. */
export function closeHour(counter: HourlyCounter, hour: number): void {
  const calls = callsThisHour(counter);
  // The clock may have been set back: then the hour may be there, and later ones.
  const closed = new Map<number, number>(counter.hours);
  if (calls > 0) closed.set(hour, (closed.get(hour) ?? 0) + calls);
  counter.hours = [...closed]
    .filter(([each]) => each > hour - HOURS_KEPT)
    .sort(([a], [b]) => a - b)
    .slice(-HOURS_KEPT);
  counter.callsBeforeHour = counter.calls;
}
