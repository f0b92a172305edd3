/** Time lines as the mean durations of their steps, and such of seeded noise. */
import type { Timeline } from '../../cli/profile/timeline.ts';
import { uniforms } from '../runtime/children/uniforms.ts';
import { START } from './support.ts';

export const MS_STEP = 1000;

export function timelineOf(avgMs: readonly (number | undefined)[], callsOfStep: number = 20): Timeline {
  return {
    startMs: START,
    stepMs: MS_STEP,
    calls: avgMs.map((mean) => (mean === undefined ? 0 : callsOfStep)),
    avgMs,
  };
}

/** Steps of 20 calls each, of which those of a step take `growth` of it times as long. */
function series(next: () => number, growth: (part: number) => number, memory: number): Timeline {
  let state = 0;
  const normal = (): number => Math.sqrt(-2 * Math.log(next() || 1e-9)) * Math.cos(2 * Math.PI * next());
  const steps = Array.from({ length: 14 }, (_, i) => {
    let total = 0;
    for (let call = 0; call < 20; call++) {
      state = memory * state + Math.sqrt(1 - memory ** 2) * normal();
      total += Math.exp(0.4 * state);
    }
    return (total / 20) * growth(i / 13);
  });
  return timelineOf(steps);
}

/**
 * In which share of 1,000 runs something is found.
 *
 * @param growth how many times as long calls take at a part of the run, from 0 to 1
 * @param memory how much a call resembles the one before, from 0 to 1
 */
export function shareOf(
  find: (timeline: Timeline) => unknown,
  growth: (part: number) => number,
  memory: number,
): number {
  const next = uniforms(20_261_128);
  let count = 0;
  for (let i = 0; i < 1000; i++) if (find(series(next, growth, memory)) !== undefined) count++;
  return count / 1000;
}

/** Noise of which calls of one step are more alike than those of two, the more so from top to bottom. */
export const NOISES: readonly (readonly [name: string, memory: number])[] = [
  ['independent calls', 0],
  ['calls that resemble the one before', 0.9],
  ['calls whose level wanders', 0.99],
];
