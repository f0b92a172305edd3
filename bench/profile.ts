/**
 * What the report tells of a program of which every function is measured within the default budget, against V8's CPU profile of
 * the same program: Babel's parser, parsing its own text for some seconds. A process of its own for each run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AggregateMetrics } from '../runtime/report/aggregates.ts';
import { instrument } from '../transformer/index.ts';

const RUN_MS = 8_000;
/** Functions of less of the time than this are not looked at. */
const LEAST_SHARE = 0.01;
const TOP = 15;

const dist = process.env['BENCH_DIST'] ?? '';
const folder = join(dirname(fileURLToPath(import.meta.url)), '../profile');
const roundsAt = process.argv.indexOf('--rounds');
const rounds = roundsAt < 0 ? 3 : Number(process.argv[roundsAt + 1]);

const PROGRAM = `
const { parse } = require('./parser.js');
const text = require('node:fs').readFileSync(__dirname + '/text.txt', 'utf8');
for (const end = performance.now() + ${RUN_MS}; performance.now() < end;) parse(text);
`;

interface Place {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Writes the program; returns the functions that are measured. */
function writeProgram(): readonly Place[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules/tka-perf'), { recursive: true });
  const babel = createRequire(createRequire(import.meta.url).resolve('@babel/core'));
  const text = readFileSync(babel.resolve('@babel/parser'), 'utf8');
  const { code = '', sites = [] } = instrument(text, { file: 'parser.js', functions: 'all' }) ?? {};
  const files: Readonly<Record<string, string>> = {
    'package.json': '{ "type": "commonjs" }',
    'text.txt': text,
    'parser.js': code,
    'main.js': PROGRAM,
    'node_modules/tka-perf/package.json': '{ "name": "tka-perf", "main": "index.cjs" }',
    'node_modules/tka-perf/index.cjs': `require(${JSON.stringify(join(dist, 'runtime/index.cjs'))})`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return sites;
}

function run(...flags: readonly string[]): void {
  rmSync(join(folder, 'journal'), { recursive: true, force: true });
  const env = { ...process.env, TKA_PERF_DIR: join(folder, 'journal') };
  const { status, stderr } = spawnSync(process.execPath, [...flags, 'main.js'], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(stderr);
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Shares of the time by function, its own and in all, by the profile. */
interface Share {
  own: number;
  all: number;
}

function profileOf(places: readonly Place[]): Map<string, Share> {
  run('--cpu-prof', '--cpu-prof-dir=profiles');
  const [file = ''] = readdirSync(join(folder, 'profiles'));
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', file), 'utf8')) as CpuProfile;
  const parents = new Map<number, number>();
  for (const { id, children = [] } of profile.nodes) for (const child of children) parents.set(child, id);
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame, places)]));
  const shares = new Map<string, Share>();
  const whole = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0);
  for (const [i, sample] of profile.samples.entries()) {
    const share = (profile.timeDeltas[i] ?? 0) / whole;
    const seen = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const name = names.get(id);
      if (name === undefined || seen.has(name)) continue;
      const known = shares.get(name) ?? { own: 0, all: 0 };
      if (seen.size === 0) known.own += share;
      known.all += share;
      shares.set(name, known);
      seen.add(name);
    }
  }
  return shares;
}

/** Lines are those of the source; columns are near, and the nearest of the line is it. */
function nameOf(
  { url, lineNumber, columnNumber }: CpuProfile['nodes'][number]['callFrame'],
  places: readonly Place[],
): string | undefined {
  if (!url.endsWith('parser.js')) return undefined;
  const distance = ({ column }: Place): number => Math.abs(column - columnNumber);
  return places.filter(({ line }) => line === lineNumber + 1).toSorted((a, b) => distance(a) - distance(b))[0]
    ?.name;
}

interface Report {
  readonly processes: readonly {
    readonly elapsedMs: number;
    readonly overheadMs: number;
    readonly journalMs?: number;
  }[];
  readonly functions: readonly AggregateMetrics[];
}

function reportOf(): Report {
  run();
  const args = [join(dist, 'cli/index.cjs'), 'report', '--json', '--dir', join(folder, 'journal')];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as Report;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
/** How many times too large or too small. */
const times = (found: number, truth: number): number =>
  Math.exp(Math.abs(Math.log(Math.max(found, 1e-4) / truth)));
const topOf = (entries: readonly (readonly [name: string, own: number])[]): readonly string[] =>
  entries
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, TOP)
    .map(([name]) => name);

function compare(
  { processes, functions }: Report,
  truth: ReadonlyMap<string, Share>,
): Record<string, number> {
  const [{ elapsedMs, overheadMs, journalMs = 0 } = { elapsedMs: Number.NaN, overheadMs: 0 }] = processes;
  const known = functions.flatMap((metrics) => {
    const share = truth.get(metrics.functionName);
    return share ? [{ metrics, share }] : [];
  });
  const total = known.filter(({ share }) => share.all > LEAST_SHARE);
  const own = known.filter(({ share }) => share.own > LEAST_SHARE);
  const top = new Set(topOf(Array.from(truth, ([name, share]) => [name, share.own])));
  return {
    totalOffTimes: median(
      total.map(({ metrics, share }) => times(metrics.totalExecutionTimeMs / elapsedMs, share.all)),
    ),
    ownOffTimes: median(
      own.map(({ metrics, share }) => times((metrics.selfTimeMs ?? 0) / elapsedMs, share.own)),
    ),
    topFound: topOf(functions.map((each) => [each.functionName, each.selfTimeMs ?? 0])).filter((name) =>
      top.has(name),
    ).length,
    ownOfRun: functions.reduce((sum, { selfTimeMs = 0 }) => sum + selfTimeMs, 0) / elapsedMs,
    timedCalls: functions.reduce((sum, { timedCalls }) => sum + timedCalls, 0),
    measuringPercent: (100 * (overheadMs - journalMs)) / elapsedMs,
  };
}

const truth = profileOf(writeProgram());
const rows = Array.from({ length: rounds }, () => compare(reportOf(), truth));
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ case: 'profile', node: process.version, rows })}\n`);
else {
  const titles = ['total off ×', 'own off ×', `of top ${TOP}`, 'own / run', 'timed', 'measuring %'];
  process.stdout.write(`${titles.map((each) => each.padStart(13)).join('')}\n`);
  for (const row of rows) {
    const digits = [2, 2, 0, 2, 0, 2];
    const cells = Object.values(row).map((value, i) => value.toFixed(digits[i]));
    process.stdout.write(`${cells.map((each) => each.padStart(13)).join('')}\n`);
  }
}
