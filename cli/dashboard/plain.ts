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
 * The exit code is 1 where none of them had a function to show.
 *
 * @param frames how many; until the reader of the pipe goes, where undefined
 */
export async function printFrames(
  flags: RunFlags,
  intervalMs: number,
  state: DashboardState,
  frames: number = Infinity,
): Promise<void> {
  let isEmpty = true;
  for (let frame = 1; frame <= frames; frame++) {
    if (frame > 1) await sleep(intervalMs);
    const { text, hasFunctions } = frameOf(flags, state);
    printData(`${frame > 1 ? '\n' : ''}${text}`);
    isEmpty &&= !hasFunctions;
  }
  if (isEmpty) process.exitCode = 1;
}

function frameOf(
  flags: RunFlags,
  state: DashboardState,
): { readonly text: string; readonly hasFunctions: boolean } {
  const title = '🚀 tka-perf Performance Dashboard';
  const snapshot = takeSnapshot(flags);
  if (typeof snapshot === 'string') return { text: `${title}\nWaiting: ${snapshot}`, hasFunctions: false };
  const size = { columns: widthOf('stdout'), lines: FRAME_LINES };
  const { head, titles, rows, chosen, detail } = layOut(snapshot, state, size);
  return { text: [title, ...head, '', titles, ...rows, ...detail].join('\n'), hasFunctions: chosen >= 0 };
}
