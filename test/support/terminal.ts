import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real terminal: a session of tmux on a server of its own, with a shell in it. */
export interface Terminal {
  /** The screen as text, blanks at line ends removed. */
  readonly screen: () => string;
  /** Keys by tmux's names (`Down`, `C-c`), or text. */
  readonly press: (...keys: readonly string[]) => void;
  /** Types a line and Enter. */
  readonly enter: (line: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Waits until the screen is as asked for. @throws Error with the screen where it never is */
  readonly until: (isThere: (screen: string) => boolean, what: string) => Promise<string>;
  /** From now on all that is written to the terminal goes to a file too, as it is. */
  readonly record: (file: string) => void;
  /** A value of tmux's formats, such as `alternate_on` or `cursor_flag`. */
  readonly flag: (name: string) => string;
}

const PATIENCE_MS = 15_000;

/** The environment without what says that nobody looks: the TUI library then prints its last frame only. */
function atHome(): NodeJS.ProcessEnv {
  const isCi = (name: string): boolean => /^(?:CI|CI_.*|CONTINUOUS_INTEGRATION)$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isCi(name)));
}

/** Opens a terminal of a size for the time of `use`. */
export async function withTerminal(
  columns: number,
  rows: number,
  env: Readonly<Record<string, string>>,
  use: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tka-perf-terminal-'));
  const tmux = (...args: readonly string[]): string => {
    const socket = join(folder, 'socket');
    const { status, stdout, stderr } = spawnSync('tmux', ['-f', '/dev/null', '-S', socket, ...args], {
      encoding: 'utf8',
      env: { ...atHome(), LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', NO_COLOR: undefined, ...env },
    });
    if (status !== 0) throw new Error(`tmux ${args[0]} failed: ${stderr}`);
    return stdout;
  };
  const press = (...keys: readonly string[]): void => void tmux('send-keys', '-t', 'main', '--', ...keys);
  const screen = (): string => tmux('capture-pane', '-t', 'main', '-p');
  const terminal: Terminal = {
    screen,
    press,
    enter: (line) => press(line, 'Enter'),
    resize: (width, height) =>
      void tmux('resize-window', '-t', 'main', '-x', String(width), '-y', String(height)),
    record: (file) => void tmux('pipe-pane', '-t', 'main', `cat > '${file}'`),
    flag: (name) => tmux('display-message', '-t', 'main', '-p', `#{${name}}`).trim(),
    async until(isThere, what) {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
        const now = screen();
        if (isThere(now)) return now;
        await sleep(50);
      }
      throw new Error(`never there: ${what}\n${screen()}`);
    },
  };
  try {
    const size = ['-x', String(columns), '-y', String(rows)];
    tmux('new-session', '-d', '-s', 'main', ...size, "PS1='$ ' sh");
    await terminal.until((now) => now.startsWith('$'), 'the prompt');
    await use(terminal);
  } finally {
    spawnSync('tmux', ['-S', join(folder, 'socket'), 'kill-server']);
    rmSync(folder, { recursive: true, force: true });
  }
}
