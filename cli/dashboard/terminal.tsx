import { render } from 'ink';
import { endAs } from '../child.ts';
import type { RunFlags } from '../load.ts';
import { Dashboard } from './app.tsx';
import type { DashboardState } from './state.ts';

const ENTER_ALTERNATE_SCREEN = '\u001b[?1049h\u001b[H';
const LEAVE_ALTERNATE_SCREEN = '\u001b[?1049l';
const ENDING_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/**
 * Shows the dashboard until the user quits, on the terminal's other screen: what was there before is there after,
 * however it ends.
 */
export async function showDashboard(
  flags: RunFlags,
  intervalMs: number,
  initial: DashboardState,
): Promise<void> {
  const { stdout } = process;
  const leave = (): void => void stdout.write(LEAVE_ALTERNATE_SCREEN);
  stdout.write(ENTER_ALTERNATE_SCREEN);
  process.once('exit', leave);
  const app = render(<Dashboard flags={flags} intervalMs={intervalMs} initial={initial} />, {
    patchConsole: false,
  });
  let ending: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals): void => {
    ending = signal;
    app.unmount();
  };
  for (const signal of ENDING_SIGNALS) process.once(signal, end);
  try {
    await app.waitUntilExit();
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
    process.off('exit', leave);
    leave();
  }
  if (ending !== undefined) endAs({ kind: 'signal', signal: ending });
}
