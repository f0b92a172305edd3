import type { CallExtra } from './finish.ts';

/** What only some of the calls carry that outlive their stack. */
export interface CallLoad {
  readonly extra: CallExtra | undefined;
  /** How many calls it stands for. */
  readonly weight: number;
  /** How many calls its stretches stand for; 0: it is not looked when it runs. */
  readonly followed: number;
  /** Time that it has run, of a call that is looked at when it runs. */
  activeNs: number;
  /** When it has begun, in monotonic nanoseconds, of a call that is not listed among those in flight. */
  startNs: number;
  /** How often it has gone on. */
  resumed: number;
  /** Nanoseconds that the end of its stretches has taken: they are none of the call's. */
  ownNs: number;
}

const NOTHING = { activeNs: 0, startNs: 0, resumed: 0, ownNs: 0 } as const;

/** What the others would carry. */
export const USUAL: CallLoad = { ...NOTHING, extra: undefined, weight: 1, followed: 0 };

/** What such a call carries; `undefined`: nothing. */
export function loadOf(extra: CallExtra | undefined, weight: number, followed: number): CallLoad | undefined {
  const isUsual = extra === undefined && weight === 1 && followed === 0;
  return isUsual ? undefined : { extra, weight, followed, activeNs: 0, startNs: 0, resumed: 0, ownNs: 0 };
}
