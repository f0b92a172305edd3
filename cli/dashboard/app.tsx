import { Box, Text, useApp, useInput, useStdout } from 'ink';
import { useCallback, useEffect, useReducer, useState, type ReactElement } from 'react';
import type { DashboardModel } from './model.ts';
import type { Snapshot } from './snapshot.ts';
import type { DashboardState, Key } from './state.ts';
import type { Frame } from './view.ts';

interface DashboardSettings {
  readonly model: DashboardModel;
  readonly intervalMs: number;
  readonly initial: DashboardState;
}

/** What came from the keyboard, and what was shown then. */
interface Pressed {
  readonly input: string;
  readonly key: Key;
  readonly shown: Snapshot | string;
}

/** One line stays free: Ink clears the whole terminal for a frame of its full height, which flickers. */
const FREE_LINES = 1;
const FRAME_LINES = { title: 1, footer: 1 } as const;

/** The dashboard in a terminal: the journal is read anew at every interval, and at once for a key that needs it. */
export function Dashboard({ model, intervalMs, initial }: DashboardSettings): ReactElement {
  const { exit } = useApp();
  const { columns, rows } = useTerminalSize();
  const [snapshot, setSnapshot] = useState(() => model.read());
  const [state, dispatch] = useReducer(
    (current: DashboardState, { input, key, shown }: Pressed) => model.press(current, input, key, shown),
    initial,
  );
  const refresh = useCallback(() => setSnapshot(model.read()), [model]);
  useEffect(() => {
    if (state.isPaused) return;
    const timer = setInterval(refresh, intervalMs);
    return () => clearInterval(timer);
  }, [state.isPaused, intervalMs, refresh]);
  useEffect(() => {
    if (state.refreshes > 0) refresh();
  }, [state.refreshes, refresh]);
  useEffect(() => {
    if (state.isLeaving) exit();
  }, [state.isLeaving, exit]);
  useInput((input, key) => dispatch({ input, key, shown: snapshot }));
  const lines = rows - FREE_LINES - FRAME_LINES.title - FRAME_LINES.footer;
  return (
    <Box flexDirection="column" width={columns} height={rows - FREE_LINES}>
      <Text bold wrap="truncate">
        🚀 tka-perf Performance Dashboard{state.isPaused ? ' · paused' : ` · every ${intervalMs / 1000} s`}
      </Text>
      {typeof snapshot === 'string' ? (
        <Box flexGrow={1} flexDirection="column">
          <Text wrap="truncate">Waiting: {snapshot}</Text>
        </Box>
      ) : (
        <Lines frame={model.layOut(snapshot, state, { columns, lines })} columns={columns} />
      )}
      {lines >= 0 && <Footer state={state} />}
    </Box>
  );
}

function Lines({
  frame: { head, titles, rows, chosen, detail },
  columns,
}: {
  readonly frame: Frame;
  readonly columns: number;
}): ReactElement {
  return (
    <Box flexGrow={1} flexDirection="column" overflow="hidden">
      {head.map((line) => (
        <Text key={line} dimColor wrap="truncate">
          {line}
        </Text>
      ))}
      {titles !== '' && (
        <Text bold wrap="truncate">
          {titles}
        </Text>
      )}
      {rows.map((line, index) => (
        <Text key={index} inverse={index === chosen} wrap="truncate">
          {index === chosen ? line.padEnd(columns) : line}
        </Text>
      ))}
      {detail.map((line, index) => (
        <Text key={index} bold={index === 1} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  );
}

function Footer({ state: { sort, filter, isTyping } }: { readonly state: DashboardState }): ReactElement {
  if (isTyping) {
    return (
      <Text wrap="truncate">
        filter: {filter}
        <Text inverse> </Text> Enter done · Esc all
      </Text>
    );
  }
  return (
    <Text dimColor wrap="truncate">
      q quit · s sort: {sort} · / filter{filter === '' ? '' : `: ${filter}`} · p pause · ↑↓ choose · d detail
      · r now
    </Text>
  );
}

/** The terminal's size, followed as it changes. */
function useTerminalSize(): { readonly columns: number; readonly rows: number } {
  const { stdout } = useStdout();
  const size = useCallback(() => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }), [stdout]);
  const [current, setCurrent] = useState(size);
  useEffect(() => {
    const follow = (): void => setCurrent(size());
    stdout.on('resize', follow);
    return () => void stdout.off('resize', follow);
  }, [stdout, size]);
  return current;
}
