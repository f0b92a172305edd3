import type { RunFlags } from '../load.ts';
import { READING, withReadingProgress } from '../reading-progress.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';
import { afterInput, type DashboardState, type Key } from './state.ts';
import { layOut, shownFunctions, type Frame, type Size } from './view.ts';

/**
 * What the dashboard asks of the CLI. The part with Ink is built apart, as an ES module, and is handed this, so that it
 * brings no second copy of the reader.
 */
export interface DashboardModel {
  /** The journal as it is now, or a sentence where there is nothing to show yet. */
  readonly read: () => Snapshot | string;
  /** The state after what came from the keyboard while `shown` was. */
  readonly press: (
    state: DashboardState,
    input: string,
    key: Key,
    shown: Snapshot | string,
  ) => DashboardState;
  readonly layOut: (snapshot: Snapshot, state: DashboardState, size: Size) => Frame;
}

/**
 * The model of what the flags name. It is read once here, before the terminal is the dashboard's: how far that is can be
 * told, and a mistake in the flags too.
 */
export function modelOf(flags: RunFlags): DashboardModel {
  let first: Snapshot | string | undefined = takeSnapshot(flags, (runs, read) =>
    withReadingProgress(READING, runs, read),
  );
  return {
    read: () => {
      const snapshot = first ?? takeSnapshot(flags);
      first = undefined;
      return snapshot;
    },
    press: (state, input, key, shown) =>
      afterInput(state, input, key, (next) =>
        typeof shown === 'string' ? [] : shownFunctions(shown, next).map(({ functionName }) => functionName),
      ),
    layOut,
  };
}
