/**
 * What measuring one call costs: a one-line function, as it is, as our transform emits it, and by today's tools. The
 * floor is two reads of the clock, without which nothing is timed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createHistogram, performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Histogram as PromHistogram } from 'prom-client';
import { type Contender, race } from './harness.ts';

process.env['TKA_PERF_DIR'] ??= `${process.env['TMPDIR'] ?? '/tmp'}/tka-perf-bench-${process.pid}`;
// The package as it is built; this very source where it is not.
const built = join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js');
const isBuilt = existsSync(built);
const runtime = isBuilt ? pathToFileURL(built) : new URL('../runtime/index.js', import.meta.url);
await import(runtime.href);

/** A file as the transform emits it: one site, one function. */
const emitted = new Function(`
  let $sites;
  function $tk(i) {
    return ($sites || ($sites = globalThis[Symbol.for('tka-perf')].unit(1, 'bench/call.ts',
      [['bench/call.addOne', 'function', 1, 0], ['bench/call.addOne2', 'function', 2, 0]])))[i];
  }
  function addOne(a){const $tka=$tk(0).enter();let $ret,$ok;try{$tkb:{ {$ret=a + 1;break $tkb} }$ok=1}finally{$tka.exit($ok,$ret)}return $ret}
  function addOne2(a){const $tka=$tk(1).enter();let $ret,$ok;try{$tkb:{ {$ret=a + 1;break $tkb} }$ok=1}finally{$tka.exit($ok)}return $ret}
  return { addOne, addOne2 };
`)() as { addOne: Contender['call']; addOne2: Contender['call'] };

const addOne = (value: number): number => value + 1;

const sink = { ns: 0, calls: 0 };
const timerifyHistogram = createHistogram();
const timerified = performance.timerify(addOne, { histogram: timerifyHistogram });
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
  { name: 'tka-perf', call: emitted.addOne },
  { name: 'tka-perf, no promise possible', call: emitted.addOne2 },
  {
    name: 'wrapper by hand',
    call: wrapped(addOne, (ns) => {
      sink.ns += ns;
      sink.calls++;
    }),
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

const timings = race(contenders);
if (process.argv.includes('--json')) {
  const from = isBuilt ? 'dist' : 'source';
  process.stdout.write(
    `${JSON.stringify({ case: 'call', node: process.version, runtime: from, timings })}\n`,
  );
} else {
  process.stdout.write(`one call of a one-line function, Node ${process.version}\n`);
  process.stdout.write(`${'min ns'.padStart(50)} median   ratio  bytes allocated\n`);
  for (const { name, minNs, medianNs, ratioToFloor, allocatedBytes } of timings) {
    const columns = [
      minNs.toFixed(1).padStart(9),
      medianNs.toFixed(1).padStart(8),
      ratioToFloor.toFixed(2).padStart(7),
    ];
    process.stdout.write(
      `${name.padEnd(40)} ${columns.join('')} ${allocatedBytes.toFixed(1).padStart(10)}\n`,
    );
  }
}
