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
  const closed: readonly ClosedHour[] = calls > 0 ? [[hour, calls]] : NO_HOURS;
  counter.hours = counter.hours.concat(closed).filter(([each]) => each > hour - HOURS_KEPT);
  counter.callsBeforeHour = counter.calls;
}
