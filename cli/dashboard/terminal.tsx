import { render } from 'ink';
import { Dashboard } from './app.tsx';
import type { DashboardModel } from './model.ts';
import type { DashboardState } from './state.ts';

const ENTER_ALTERNATE_SCREEN = '\u001b[?1049h\u001b[H';
const LEAVE_ALTERNATE_SCREEN = '\u001b[?1049l';
/** Windows knows the first three. */
const ENDING_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGTERM', 'SIGHUP', 'SIGINT'] : ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];

/**
 * Shows the dashboard until the user quits, on the terminal's other screen: what was there before is there after,
 * however it ends.
 *
 * @throws what was thrown while it was shown: a mistake of ours
 * @returns the signal that has ended it, if one has
 */
export async function showDashboard(
  model: DashboardModel,
  intervalMs: number,
  initial: DashboardState,
): Promise<NodeJS.Signals | undefined> {
  const { stdout } = process;
  const leave = (): void => void stdout.write(LEAVE_ALTERNATE_SCREEN);
  stdout.write(ENTER_ALTERNATE_SCREEN);
  process.once('exit', leave);
  const app = render(<Dashboard model={model} intervalMs={intervalMs} initial={initial} />, {
    patchConsole: false,
  });
  let ending: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals): void => {
    ending = signal;
    app.unmount();
  };
  // Ink hears of what is thrown while it renders; of what a timer or a key throws, only like this.
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure = error;
    app.unmount();
  };
  process.once('uncaughtException', fail);
  for (const signal of ENDING_SIGNALS) process.once(signal, end);
  try {
    await app.waitUntilExit();
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
    process.off('uncaughtException', fail);
    process.off('exit', leave);
    leave();
  }
  if (failure !== undefined) throw failure;
  return ending;
}
