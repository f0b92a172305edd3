/**
 * What measuring one call costs: a one-line function, as it is, as our transform emits it, and by today's tools. The
 * floor is two reads of the clock, without which nothing is timed.
 */
import { spawnSync } from 'node:child_process';
import { tracingChannel } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createHistogram, performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { build as buildHdr } from 'hdr-histogram-js';
import { Histogram as PromHistogram } from 'prom-client';
import { instrument, type InstrumentOptions } from '../transformer/index.ts';
import { type AsyncContender, type Contender, race, raceAsync, type Timing } from './harness.ts';

// The package as it is built; this very source where it is not.
const built = join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js');
const isBuilt = existsSync(built);
const runtime = isBuilt ? pathToFileURL(built) : new URL('../runtime/index.js', import.meta.url);
const { getPerformanceMonitor } = (await import(runtime.href)) as typeof import('../runtime/index.ts');

/** A file as the transform emits it. */
const source = `
// @monitor exact
function exact(value) { return value + 1; }
// @monitor
function sampled(value) { return value + 1; }
// @monitor exact
async function exactAsync(value) { await undefined; return value + 1; }
// @monitor
async function sampledAsync(value) { await undefined; return value + 1; }
return { exact, sampled, exactAsync, sampledAsync };`;
interface Emitted {
  readonly exact: Contender['call'];
  readonly sampled: Contender['call'];
  readonly exactAsync: AsyncContender['call'];
  readonly sampledAsync: AsyncContender['call'];
}

/** In CommonJS what the functions call is constant to V8; in an ES module it is a variable, as in a script. */
function emit(options: InstrumentOptions): Emitted {
  const { code = '' } = instrument(source, options) ?? {};
  return new Function('require', code)(() => {}) as Emitted;
}

const emitted = emit({ file: 'bench/call.cjs' });
const emittedVariables = emit({ file: 'bench/module.cjs', runtime: 'global' });

const addOne = (value: number): number => value + 1;

const sink = { ns: 0, calls: 0 };
const timerifyHistogram = createHistogram();
const timerified = performance.timerify(addOne, { histogram: timerifyHistogram });
const hdr = buildHdr();
const channel = tracingChannel<{ begin?: number }>('bench');
const channelHistogram = createHistogram();
channel.subscribe({
  start: (message) => {
    (message as { begin: number }).begin = performance.now();
  },
  end: ({ begin }) => {
    channelHistogram.record(Math.max(1, Math.round((performance.now() - (begin ?? 0)) * 1e6)));
  },
  asyncStart: () => {},
  asyncEnd: () => {},
  error: () => {},
});
const prom = new PromHistogram({ name: 'add_one', help: 'add one' });
const otelHistogram = new MeterProvider().getMeter('bench').createHistogram('add_one');
const tracer = new BasicTracerProvider().getTracer('bench');

const contenders: readonly Contender[] = [
  {
    name: 'floor: two clock reads',
    call: (value) => {
      const begin = performance.now();
      const result = value + 1;
      sink.ns += performance.now() - begin;
      return result;
    },
  },
  { name: 'plain call', call: addOne },
  { name: 'tka-perf, every call timed', call: emitted.exact },
  { name: 'tka-perf, 1 % budget', call: emitted.sampled },
  { name: 'tka-perf, 1 % budget, ES module', call: emittedVariables.sampled },
  {
    name: 'wrapper by hand',
    call: wrapped(addOne, (ns) => {
      sink.ns += ns;
      sink.calls++;
    }),
  },
  { name: 'hdr-histogram-js', call: wrapped(addOne, (ns) => hdr.recordValue(ns)) },
  {
    name: 'tracingChannel + histogram',
    call: (value) => channel.traceSync(addOne, {}, undefined, value),
  },
  { name: 'performance.timerify + histogram', call: timerified },
  {
    name: 'prom-client startTimer',
    call: (value) => {
      const end = prom.startTimer();
      const result = value + 1;
      end();
      return result;
    },
  },
  {
    name: 'OpenTelemetry histogram',
    call: (value) => {
      const begin = performance.now();
      const result = value + 1;
      otelHistogram.record(performance.now() - begin);
      return result;
    },
  },
  {
    name: 'OpenTelemetry span, no exporter',
    call: (value) => {
      const span = tracer.startSpan('addOne');
      const result = value + 1;
      span.end();
      return result;
    },
  },
];

function wrapped(fn: Contender['call'], record: (ns: number) => void): Contender['call'] {
  return function (this: unknown, ...args: [number]) {
    const begin = performance.now();
    try {
      return fn.apply(this, args);
    } finally {
      record((performance.now() - begin) * 1e6);
    }
  };
}

/** What an engineer writes who wants to know how long an async function takes. */
async function byHand(value: number): Promise<number> {
  const begin = performance.now();
  try {
    await undefined;
    return value + 1;
  } finally {
    sink.ns += (performance.now() - begin) * 1e6;
    sink.calls++;
  }
}

const asyncContenders: readonly AsyncContender[] = [
  { name: 'by hand, two clock reads', call: byHand },
  {
    name: 'plain call',
    call: async (value) => {
      await undefined;
      return value + 1;
    },
  },
  { name: 'tka-perf, every call timed', call: emitted.exactAsync },
  { name: 'tka-perf, 1 % budget', call: emitted.sampledAsync },
];

/** Ways to measure that a program has one of; each is raced against the floor in a process of its own too. */
const ALONE: Readonly<Record<string, Contender>> = {
  exact: { name: 'tka-perf, every call timed', call: emitted.exact },
  budget: { name: 'tka-perf, 1 % budget', call: emitted.sampled },
  module: { name: 'tka-perf, 1 % budget, ES module', call: emittedVariables.sampled },
  stopped: { name: 'tka-perf, stopped', call: emitted.exact },
};

const alone = process.argv[process.argv.indexOf('--alone') + 1] ?? '';
if (process.argv.includes('--alone')) {
  if (alone === 'stopped') getPerformanceMonitor().stopMonitoring();
  const rows =
    alone === 'async'
      ? await raceAsync(asyncContenders.slice(0, 3))
      : race([...contenders.slice(0, 2), ...[ALONE[alone] ?? []].flat()]);
  process.stdout.write(JSON.stringify(rows));
  process.exit();
}

/** The least of the rows of a process that does nothing else. */
function raceAlone(way: string): Timing[] {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), '--alone', way];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return JSON.parse(stdout) as Timing[];
}

const timings = race(contenders);
const asyncTimings = await raceAsync(asyncContenders);
getPerformanceMonitor().stopMonitoring();
const stopped = race([
  { name: 'plain call', call: addOne },
  { name: 'tka-perf, stopped', call: emitted.exact },
]);
const aloneTimings = [...Object.keys(ALONE), 'async'].map((way) => ({ way, timings: raceAlone(way) }));

if (process.argv.includes('--json')) {
  const from = isBuilt ? 'dist' : 'source';
  process.stdout.write(
    `${JSON.stringify({ case: 'call', node: process.version, runtime: from, timings, asyncTimings, stopped, alone: aloneTimings })}\n`,
  );
} else {
  print(`one call of a one-line function, Node ${process.version}`, timings);
  print('one call of an async function with one await', asyncTimings);
  print('the same one-line function while monitoring is stopped', stopped);
  for (const { way, timings: rows } of aloneTimings)
    print(`a process in which all functions are measured like this: ${way}`, rows);
}

function print(title: string, rows: readonly Timing[]): void {
  process.stdout.write(
    `${title}\n${'min ns'.padStart(50)} ${'median'.padStart(8)} ${'ratio'.padStart(7)} ${'- plain'.padStart(8)} ${'bytes'.padStart(7)}\n`,
  );
  const plainNs = rows.find(({ name }) => name === 'plain call')?.minNs ?? 0;
  for (const { name, minNs, medianNs, ratioToFloor, allocatedBytes } of rows) {
    const columns = [
      minNs.toFixed(1).padStart(9),
      medianNs.toFixed(1).padStart(9),
      ratioToFloor.toFixed(2).padStart(8),
      (minNs - plainNs).toFixed(1).padStart(9),
      allocatedBytes.toFixed(1).padStart(8),
    ];
    process.stdout.write(`${name.padEnd(41)}${columns.join('')}\n`);
  }
  process.stdout.write('\n');
}
