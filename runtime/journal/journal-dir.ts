/** Where journals are: shared by the writer and by the CLI. Node only. */
import { now, NS_PER_MS, uptimeMs } from '../platform/clock.ts';
import { diskOf } from '../platform/disk.ts';
import { env, nodeProcess } from '../platform/platform.ts';

/** Name of the directory. */
export const JOURNAL_DIR = '.tka-perf';

/**
 * The directory of all runs: `TKA_PERF_DIR`, or `configured`, or `.tka-perf` beside the nearest `package.json` above the
 * working directory, or in the working directory where there is none. It need not exist.
 *
 * @returns An absolute path; `undefined` where there is no file system.
 */
export function journalRoot(configured?: string): string | undefined {
  const disk = diskOf();
  if (!disk || !nodeProcess) return undefined;
  const { fs, path } = disk;
  try {
    const cwd = nodeProcess.cwd();
    const named = env('TKA_PERF_DIR') ?? configured;
    if (named) return path.resolve(cwd, named);
    for (let dir = cwd; ; dir = path.dirname(dir)) {
      if (fs.existsSync(path.join(dir, 'package.json'))) return path.join(dir, JOURNAL_DIR);
      if (dir === path.dirname(dir)) return path.join(cwd, JOURNAL_DIR);
    }
  } catch {
    return undefined; // the working directory is gone
  }
}

/**
 * 24 bits that no other run of the same second has, as good as always: nanoseconds and the process. Not `Math.random`: a
 * program that is run with a fixed seed must see the same numbers whether it is measured or not.
 */
function uniquePart(ns: number = Math.round((now() % 1000) * NS_PER_MS)): number {
  return (Math.imul(ns ^ Math.imul(nodeProcess?.pid ?? 0, 0x9e37_79b1), 0x85eb_ca6b) >>> 8) & 0xff_ffff;
}

/** As in `20261123-150301`. By hand: `toISOString` takes V8 almost a millisecond when it is first called. */
function timeOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${date.getUTCFullYear()}${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())}`;
  return `${day}-${two(date.getUTCHours())}${two(date.getUTCMinutes())}${two(date.getUTCSeconds())}`;
}

/** To so many milliseconds all threads agree when the process began, as good as always. */
const ROUGHLY_MS = 10_000;

function idOf(atMs: number, unique: number): string {
  return `${timeOf(new Date(atMs))}-${unique.toString(16).padStart(6, '0')}`;
}

/**
 * A worker thread whose parent has nothing that is measured has inherited no id, and can tell none to the others: all of them
 * make the same one, of when the process began by both clocks. Asked like this, as `node:worker_threads` takes a millisecond
 * to load: there `abort` is a function that throws.
 */
function isWorker(): boolean {
  return (nodeProcess?.abort as { readonly disabled?: boolean } | undefined)?.disabled === true;
}

/** Seconds of the monotonic clock at which the process began: for all of its threads the same. */
function processStart(): number {
  const [seconds = 0, ns = 0] = nodeProcess?.hrtime() ?? [];
  return Math.round(seconds + (ns / NS_PER_MS - uptimeMs()) / 1000);
}

/**
 * The run's id: `TKA_PERF_RUN`, else a new one, which is put there for children and workers to inherit. Ids sort by
 * time: `20261123-150301-a1b2c3` (UTC).
 */
export function runId(nowMs: number): string {
  const inherited = env('TKA_PERF_RUN');
  if (inherited && /^\w[\w.-]{0,99}$/.test(inherited)) return inherited;
  const id = isWorker()
    ? idOf(Math.floor((nowMs - uptimeMs()) / ROUGHLY_MS) * ROUGHLY_MS, uniquePart(processStart()))
    : idOf(nowMs, uniquePart());
  if (nodeProcess) nodeProcess.env['TKA_PERF_RUN'] = id;
  return id;
}
