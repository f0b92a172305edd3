/**
 * What the journal costs: a flush of 1,000 active functions against writing the same bytes and nothing else, and reading
 * 1,000 files of 300 functions against reading and checksumming the same bytes. Recent calls are kept as by default.
 */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { listRuns } from '../cli/journal/catalog.ts';
import { functionsOf, selectFunctions } from '../cli/profile/functions.ts';
import { readProfiles } from '../cli/profile/read-profile.ts';
import { STEPS } from '../cli/profile/timeline.ts';
import { renderProfile } from '../cli/report/report.ts';
import { JournalWriter } from '../runtime/journal/flush.ts';
import { originOf } from '../runtime/journal/introduction.ts';
import { nowNs } from '../runtime/platform/clock.ts';
import { NO_CALLER } from '../runtime/stack/log-entry.ts';
import { DEFAULT_HISTORY, recent } from '../runtime/tally/recent.ts';
import type { Site } from '../runtime/call/site.ts';
import { siteOf } from '../runtime/call/sites.ts';
import { budget } from '../runtime/budget/budget.ts';
import { median } from './harness.ts';

const FLUSHES = 400;
const ACTIVE = 1000;
const FILES = 1000;
const FUNCTIONS = 300;
const ROUNDS = 5;

const home = mkdtempSync(join(tmpdir(), 'tka-perf-bench-'));

function msOf(task: () => void): number {
  const begin = process.hrtime.bigint();
  task();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

function makeSites(count: number): Site[] {
  return Array.from({ length: count }, (_, i) =>
    siteOf(
      `src/services/s${i % 30}.Service.method${i}`,
      'method',
      { file: 'src/s.ts', line: i, column: 2 },
      {},
    ),
  );
}

let seed = 1;
function random(): number {
  seed = (seed * 48_271) % 0x7fff_ffff;
  return seed / 0x7fff_ffff;
}

function callAll(sites: readonly Site[], times: number): void {
  for (const [i, site] of sites.entries()) {
    if (!site.tally.isOpen) site.tally.open();
    for (let n = 0; n < times; n++) {
      const durationNs = Math.round(
        2 ** (7 + (i % 14)) * Math.exp(1.6 * (random() + random() + random() - 1.5)),
      );
      recent.note(site.number, NO_CALLER, durationNs, durationNs + 40, nowNs(), 1);
    }
  }
  recent.drain();
}

interface Row {
  readonly name: string;
  readonly minMs: number;
  readonly medianMs: number;
  readonly ratio: number;
}

/** Of the directory that the environment names. */
function newWriter(): JournalWriter | undefined {
  const origin = originOf(undefined);
  return origin && JournalWriter.create(origin);
}

function benchFlush(): Row[] {
  process.env['TKA_PERF_DIR'] = join(home, 'flush');
  process.env['TKA_PERF_RUN'] = 'r';
  const sites = makeSites(ACTIVE);
  const writer = newWriter();
  const copy = openSync(join(home, 'copy'), 'a');
  const flushes: number[] = [];
  const copies: number[] = [];
  let sizeBytes = 0;
  for (let i = 0; i < FLUSHES; i++) {
    callAll(sites, 20);
    const took = msOf(() => writer?.flush('changes'));
    const dir = join(home, 'flush/r');
    const name = readdirSync(dir).find((file) => /\.\d+\.tkap$/.test(file)) ?? '';
    const size = statSync(join(dir, name)).size;
    const grown = size - sizeBytes;
    sizeBytes = size;
    if (i < FLUSHES / 4 || grown <= 0) continue; // V8 has optimised, and no segment was begun
    const bytes = readFileSync(join(dir, name)).subarray(-grown);
    flushes.push(took);
    copies.push(
      msOf(() => {
        crc32(bytes);
        writeSync(copy, bytes);
      }),
    );
  }
  closeSync(copy);
  const floor = median(copies);
  const row = (name: string, times: readonly number[]): Row => ({
    name,
    minMs: Math.min(...times),
    medianMs: median(times),
    ratio: median(times) / floor,
  });
  return [
    row('floor: checksum and write the same bytes', copies),
    row(`flush of ${ACTIVE} active functions`, flushes),
  ];
}

function benchReport(files: number): { readonly rows: Row[]; readonly heapBytes: number } {
  const dir = join(home, `report-${files}`);
  process.env['TKA_PERF_DIR'] = dir;
  process.env['TKA_PERF_RUN'] = 'r';
  const sites = makeSites(FUNCTIONS);
  // A process each: some flushes of a few calls, then its end.
  const template = join(dir, 'r');
  for (let i = 0; i < 10; i++) {
    const writer = newWriter();
    for (let flush = 0; flush < 5; flush++) {
      callAll(sites, 5);
      writer?.flush('changes');
    }
    writer?.flush('metrics', { reason: 'exit', exitCode: 0 });
    writer?.close();
  }
  const made = readdirSync(template);
  mkdirSync(template, { recursive: true });
  for (let i = made.length; i < files; i++) {
    const from = made[i % made.length] ?? '';
    copyFileSync(join(template, from), join(template, from.replace(/^\d+/, String(1_000_000 + i))));
  }
  const names: string[] = readdirSync(template).map((name) => join(template, name));
  const floors: number[] = [];
  const reports: number[] = [];
  let heapBytes = -Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(msOf(() => names.forEach((name) => crc32(readFileSync(name)))));
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    reports.push(
      msOf(() => {
        const profile = readProfiles([listRuns(dir)[0]], { steps: STEPS });
        const functions = selectFunctions(functionsOf(profile), { sort: 'total' });
        renderProfile(profile, functions, { sort: 'total', limit: 20, width: 120, color: false });
      }),
    );
    globalThis.gc?.();
    heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed - before);
  }
  const floor = median(floors);
  const bytes = names.reduce((sum, name) => sum + statSync(name).size, 0);
  const size = `${files} files, ${(bytes / 2 ** 20).toFixed(0)} MB`;
  return {
    heapBytes,
    rows: [
      { name: `floor: read and checksum ${size}`, minMs: Math.min(...floors), medianMs: floor, ratio: 1 },
      {
        name: `report over ${size}`,
        minMs: Math.min(...reports),
        medianMs: median(reports),
        ratio: median(reports) / floor,
      },
    ],
  };
}

function print(rows: readonly Row[]): void {
  for (const { name, minMs, medianMs, ratio } of rows)
    process.stdout.write(
      `${name.padEnd(46)} ${minMs.toFixed(2).padStart(9)} ${medianMs.toFixed(2).padStart(9)} ${ratio.toFixed(2).padStart(7)}\n`,
    );
}

try {
  budget.configure(Infinity);
  recent.resize(DEFAULT_HISTORY);
  // First, while there are no more functions than those.
  const small = benchReport(FILES / 10);
  const large = benchReport(FILES);
  const flush = benchFlush();
  process.stdout.write(`Node ${process.version}${' '.repeat(39)} min ms    median  × floor\n`);
  print(flush);
  print([...small.rows, ...large.rows]);
  const [, few] = small.rows;
  const [, many] = large.rows;
  process.stdout.write(
    `10 × the files: ${((many?.minMs ?? 0) / (few?.minMs ?? 1)).toFixed(1)} × the time, ${((large.heapBytes - small.heapBytes) / 2 ** 20).toFixed(1)} MB more on the heap\n`,
  );
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify([...flush, ...small.rows, ...large.rows], undefined, 2)}\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
