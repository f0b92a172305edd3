/** Files and folders of a journal that somebody has copied there. */
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aggregate, DEAD_PID, runCli, START, writeJournal, writerRecords } from './support.ts';

const PROCESS = `${DEAD_PID}-0.${START.toString(36)}.0.tkap`;
const calls = [{ id: 0, durationNs: 1e6, at: Date.UTC(2026, 10, 23, 12, 0, 1), ok: true }];
const records = writerRecords([['f', (id) => aggregate(id, 5, 1)]], { run: 'run' }).toSpliced(3, 0, {
  t: 'metrics',
  metrics: calls,
});
const other = writerRecords([['f', (id) => aggregate(id, 2, 1)]], { run: 'run', pid: DEAD_PID + 1 });

function countsOf(dir: string, ...args: readonly string[]): object {
  const { functions, processes, runs, notices } = JSON.parse(
    runCli(['report', '--json', '--dir', dir, ...args]).stdout,
  );
  return { calls: functions[0].callCount, processes: processes.length, runs, notices };
}

describe('a copy counts once, and is told', () => {
  test('of a file', () => {
    const dir = writeJournal({ run: { [PROCESS]: records, 'copy of it.tkap': records, '1-0.tkap': other } });
    const path = (name: string): string => join(dir, 'run', name);
    const notices = [`${path('copy of it.tkap')} not counted: it is a copy of ${path(PROCESS)}`];
    expect(countsOf(dir)).toEqual({ calls: 7, processes: 2, runs: ['run'], notices });
    const { stdout, stderr } = runCli(['export', '--format', 'ndjson', '--dir', dir]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe(`[tka-perf] ${notices[0]}\n`);
  });

  test('of a file that has grown since', () => {
    const dir = writeJournal({ run: { [PROCESS]: records.slice(0, 2), 'later.tkap': records } });
    expect(countsOf(dir)).toMatchObject({ calls: 5, processes: 1, notices: [expect.any(String)] });
  });

  test('of a run', () => {
    const dir = writeJournal({ run: { [PROCESS]: records, '1-0.tkap': other } });
    cpSync(join(dir, 'run'), join(dir, 'a copy'), { recursive: true });
    const notices = [PROCESS, '1-0.tkap']
      .map((name) => `${join(dir, 'a copy', name)} not counted: it is a copy of ${join(dir, 'run', name)}`)
      .toSorted();
    expect(countsOf(dir, '--all')).toEqual({ calls: 7, processes: 2, runs: ['run'], notices });
    // One that is alone is as good as the original.
    expect(countsOf(dir, '--run', 'a copy')).toMatchObject({ calls: 7, notices: [] });
    renameSync(join(dir, 'run'), join(dir, 'renamed'));
    expect(countsOf(dir, '--all')).toMatchObject({ calls: 7 });
  });

  test('threads and processes that began at once are none', () => {
    const worker = writerRecords([['f', (id) => aggregate(id, 2, 1)]], { run: 'run', thread: 1 });
    const dir = writeJournal({ run: { 'a.tkap': records, 'b.tkap': other, 'c.tkap': worker } });
    expect(countsOf(dir)).toMatchObject({ calls: 9, processes: 3, notices: [] });
  });
});
