import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFlags } from '../load.ts';
import { printData, widthOf } from '../text/output.ts';
import { takeSnapshot } from './snapshot.ts';
import type { DashboardState } from './state.ts';
import { layOut } from './view.ts';

/** Lines of a frame where no terminal says how many there is room for. */
const FRAME_LINES = 40;

/**
 * Prints the dashboard where there is no terminal: a frame at every interval, one under the other.
 *
 * @param frames how many; until the reader of the pipe goes, where undefined
 */
export async function printFrames(
  flags: RunFlags,
  intervalMs: number,
  state: DashboardState,
  frames: number = Infinity,
): Promise<void> {
  for (let frame = 1; frame <= frames; frame++) {
    if (frame > 1) await sleep(intervalMs);
    printData(`${frame > 1 ? '\n' : ''}${frameText(flags, state)}`);
  }
}

function frameText(flags: RunFlags, state: DashboardState): string {
  const title = '🚀 tka-perf Performance Dashboard';
  const snapshot = takeSnapshot(flags);
  if (typeof snapshot === 'string') return `${title}\nWaiting: ${snapshot}`;
  const size = { columns: widthOf('stdout'), lines: FRAME_LINES };
  const { head, titles, rows, detail } = layOut(snapshot, state, size);
  return [title, ...head, '', titles, ...rows, ...detail].join('\n');
}
