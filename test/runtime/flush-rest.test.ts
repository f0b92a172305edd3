/** How long the journal rests after a flush that took long: the clock goes on only where a test says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { retakeDisk } from '../../runtime/platform/disk.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { begin } from '../../runtime/lifecycle.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const home = mkdtempSync(join(tmpdir(), 'tka-perf-rest-'));
afterAll(() => {
  setClock();
  rmSync(home, { recursive: true, force: true });
});

test('one slow flush does not put the next one off; two of them do', () => {
  const clock = new FakeClock().install();
  let diskMs = 0;
  const fs = process.getBuiltinModule('node:fs');
  const { writeSync } = fs;
  const write = vi.spyOn(fs, 'writeSync').mockImplementation((...args: unknown[]) => {
    clock.advance(diskMs);
    return Reflect.apply(writeSync, fs, args) as number;
  });
  retakeDisk();
  new PerformanceMonitor(false).configure({ dir: home });
  begin();
  const site = makeSite('f', 'function', { memory: false });
  /** Whether synchronous work that goes on for so long is written at its end. */
  const isWrittenAfter = (ms: number): boolean => {
    const before = write.mock.calls.length;
    callSync(site, () => clock.advance(ms));
    return write.mock.calls.length > before;
  };

  diskMs = 60;
  expect(isWrittenAfter(1100)).toBe(true);
  diskMs = 1;
  expect(isWrittenAfter(1100)).toBe(true);
  expect(isWrittenAfter(1100)).toBe(true);
  diskMs = 20;
  expect(isWrittenAfter(1100)).toBe(true);
  expect(isWrittenAfter(1100)).toBe(true);
  expect(isWrittenAfter(1100)).toBe(false);
  expect(isWrittenAfter(4000)).toBe(true);
});
