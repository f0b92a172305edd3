import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { formatOfFile, isOwnExport } from '../../cli/export/formats.ts';
import type { HeadRecord, SiteAggregate } from '../../runtime/format/record.ts';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { HOSTILE, shopJournal, shopRecords } from './shop.ts';
import {
  aggregate,
  DEAD_PID,
  head,
  runCli,
  site,
  START,
  temporaryFolder,
  writeJournal,
  writerRecords,
  writeTree,
} from './support.ts';

const require = createRequire(import.meta.url);

function exported(format: string, dir: string = shopJournal()): string {
  const { code, stdout, stderr } = runCli(['export', '--format', format, '--dir', dir]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function reported(dir: string): AggregateMetrics[] {
  return JSON.parse(runCli(['report', '--json', '--sort', 'name', '--dir', dir]).stdout).functions;
}

/** A run and what became of it: of the calls that were only counted, those that were timed later took less than was thought. */
const [earlier, later] = [
  { calls: 1000, represented: 500, totalNs: 5e8, passing: 15_004, below: 996 },
  { calls: 1010, represented: 1010, totalNs: 5.1e8, passing: 14_991, below: 1109 },
].map(({ calls, represented, totalNs, passing, below }) => {
  const open = { selfNs: 0.8 * totalNs, activeNs: 0.8 * totalNs, waitNs: 0.2 * totalNs };
  const sums = { timed: represented / 10, represented, totalNs };
  const guessed = { timed: 20, totalNs: 4e8, belowThreshold: below, isGuessed: true } as const;
  return [
    head(),
    site(0, 'plain'),
    site(1, 'waiting', { kind: 'async' }),
    site(2, 'choosy', { options: { threshold: 10 } }),
    {
      t: 'agg',
      at: START + calls,
      sites: [
        aggregate(0, calls, 1, { ...sums, selfNs: open.selfNs }),
        aggregate(1, calls, 1, { ...sums, ...open }),
        aggregate(2, passing, 20, {
          ...guessed,
          histogram: { scale: 5, zeroCount: 0, offset: 780, counts: [20] },
        }),
      ],
      metrics: calls,
    },
  ];
}) as [unknown[], unknown[]];

interface OtlpSum {
  readonly isMonotonic: boolean;
  readonly dataPoints: readonly {
    readonly attributes: readonly { readonly value: { readonly stringValue: string } }[];
    readonly asInt?: string;
  }[];
}

const FORMATS = ['json', 'ndjson', 'csv', 'prometheus', 'otlp-json', 'chrome-trace', 'speedscope'];

describe('every format', () => {
  test.each(FORMATS)('%s steers no terminal', (format) => {
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    const steering = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    const text = exported(format);
    expect(text).not.toMatch(steering);
    // Only CSV's own line ends.
    expect(text.replaceAll('\r\n', '')).not.toContain('\r');
  });

  test.each([
    ['out.json', 'json'],
    ['out.NDJSON', 'ndjson'],
    ['out.jsonl', 'ndjson'],
    ['out.csv', 'csv'],
    ['out.prom', 'prometheus'],
    ['out.otlp.json', 'otlp-json'],
    ['out.trace.json', 'chrome-trace'],
    ['out.speedscope.json', 'speedscope'],
    ['performance', undefined],
  ])('%s is %s', (file, format) => expect(formatOfFile(file)).toBe(format));

  test.each(FORMATS)('%s is told from a file that is not ours', (format) => {
    expect(isOwnExport(exported(format).slice(0, 4_096))).toBe(true);
    expect(isOwnExport('{"my": "notes"}')).toBe(false);
  });

  test('a file that is not ours stays, unless --force', () => {
    const cwd = temporaryFolder();
    writeTree(cwd, { 'notes.csv': 'my,notes\n', 'empty.csv': '' });
    const args = ['--dir', shopJournal()];
    expect(runCli(['export', 'notes.csv', ...args], { cwd })).toMatchObject({
      code: 1,
      stderr: '[tka-perf] "notes.csv" is there and was not written by tka-perf; --force replaces it\n',
    });
    expect(readFileSync(join(cwd, 'notes.csv'), 'utf8')).toBe('my,notes\n');
    expect(runCli(['export', 'empty.csv', ...args], { cwd }).code).toBe(0);
    expect(runCli(['export', 'notes.csv', '--force', ...args], { cwd }).code).toBe(0);
    expect(readFileSync(join(cwd, 'notes.csv'), 'utf8')).toMatch(/^functionName,/);
    // Ours now, and so replaced by any other format.
    expect(runCli(['export', 'notes.csv', '--format', 'json', ...args], { cwd }).code).toBe(0);
  });

  test.each(FORMATS)('%s of a forged file is of the part that can be', (format) => {
    const records = writerRecords([['f', (id) => aggregate(id, 1, 1)]]);
    const forged = writerRecords([['g', (id) => aggregate(id, 1, 1)]], { startedAt: 1e308 });
    const call = { t: 'metrics', metrics: [{ id: 0, durationNs: 1, at: START, ok: true }] };
    const damage = { t: 'usage', elapsedMs: 1e308, overheadMs: -1e308, noiseNs: 1 };
    const dir = writeJournal({
      r: { 'a.tkap': [...records.slice(0, 3), call, damage], 'forged.tkap': forged },
    });
    const { code, stdout, stderr } = runCli(['export', '--format', format, '--dir', dir]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^(?:.* not read: .*\n){2}$/),
    });
    expect(stdout).not.toMatch(/NaN|Infinity|"ts":null/);
    expect(stdout).not.toMatch(/"g"/);
  });

  test.each([
    ['out.html', ['out.html']],
    ['FILE', ['--format', 'html', 'out.html']],
  ])('a page is a report: %s', (file, args) => {
    expect(runCli(['export', ...args, '--dir', shopJournal()])).toMatchObject({
      code: 2,
      stderr: `[tka-perf] a page is a report; write "tka-perf report --html ${file}"\n`,
    });
  });

  test.each(['ndjson', 'chrome-trace'])(
    '%s of a run without single calls says why there are none',
    (format) => {
      const dir = writeJournal({ r: { 'a.tkap': writerRecords([['f', (id) => aggregate(id, 1, 1)]]) } });
      expect(runCli(['export', '--format', format, '--dir', dir])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('there is no single call of run r'),
      });
    },
  );
});

describe('json', () => {
  test('agrees with report --json to the last digit', () => {
    const dir = shopJournal();
    const { aggregates } = JSON.parse(exported('json', dir));
    const functions = reported(dir);
    expect(functions).toHaveLength(3 + HOSTILE.length);
    for (const metrics of functions) {
      const own = Object.getOwnPropertyDescriptor(aggregates, metrics.functionName)?.value;
      expect(own).toMatchObject(metrics);
      expect(own.avg_execution_time).toBe(metrics.avgExecutionTimeMs / 1000);
      expect(own.success_rate).toBe(metrics.successRate);
    }
  });
});

describe('ndjson', () => {
  test('is one call a line, in the order in which they ended', () => {
    const calls = exported('ndjson')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(calls).toHaveLength(6 + HOSTILE.length);
    expect(calls[2]).toEqual({
      functionName: 'src/cart.Cart.total',
      executionTimeMs: expect.closeTo(3.7, 9),
      memoryBytes: 4_096,
      timestamp: '2026-11-23T12:00:00.014Z',
      argsHash: 'aa11',
      success: true,
      pid: expect.any(Number),
      thread: 0,
      host: hostname(),
    });
    expect(calls.slice(6).map(({ errorMessage }) => errorMessage)).toEqual(HOSTILE);
    const times = calls.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
  });
});

describe('csv', () => {
  const rowsOf = (text: string): Record<string, string>[] =>
    // RFC 4180 and nothing else: no relaxed quotes or counts of columns, one kind of line end.
    parse(text, { columns: true, record_delimiter: '\r\n', relax_quotes: false, relax_column_count: false });

  test('agrees with report --json to the last digit, and has every number of it', () => {
    const dir = shopJournal();
    const rows = rowsOf(exported('csv', dir));
    const functions = reported(dir);
    expect(rows).toHaveLength(functions.length);
    for (const [index, metrics] of functions.entries()) {
      for (const [key, value] of Object.entries(metrics)) {
        const cell = rows[index]?.[key];
        if (typeof value === 'number') expect(Number(cell)).toBe(value);
        else expect(cell).toBeDefined();
      }
    }
  });

  test('no cell begins a formula', () => {
    const texts = rowsOf(exported('csv'))
      .flatMap((row) => Object.values(row))
      .filter((cell) => Number.isNaN(Number(cell)));
    expect(texts.length).toBeGreaterThan(HOSTILE.length);
    expect(texts.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell))).toEqual([]);
  });

  test('each name has its row', () => {
    const names = rowsOf(exported('csv')).map(({ functionName }) => functionName);
    expect(names).toContain(`'=HYPERLINK("http://127.0.0.1/","x")`);
    expect(names).toContain(String.raw`\x1b[31mred\x1b]0;owned\x07`);
    expect(names).toContain(String.raw`back\slash \\x1b`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('prometheus', () => {
  interface Sample {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }
  /** The format's own lines, and nothing else: https://prometheus.io/docs/instrumenting/exposition_formats. */
  const samplesOf = (text: string): Sample[] =>
    text
      .trimEnd()
      .split('\n')
      .filter((row) => !/^# (?:HELP|TYPE) \S+ /.test(row))
      .map((row) => {
        const [, name = '', pairs = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(row) ?? [];
        const found = [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)];
        expect({ row, isSample: name !== '' && value !== undefined }).toEqual({ row, isSample: true });
        expect(found.map(([text]) => text).join('')).toBe(pairs);
        const labels = found.map(([, label, of]) => [label, of]);
        return { name, labels: Object.fromEntries(labels), value: Number(value) };
      });
  /** Values of a family of functions that are not hostile, by their names. */
  const byName = (samples: readonly Sample[], family: string): Record<string, number> =>
    Object.fromEntries(
      samples
        .filter(({ name, labels }) => name === family && labels['function']?.startsWith('src/'))
        .map(({ labels, value }) => [labels['function'], value]),
    );

  test('agrees with report --json, in seconds and bytes', () => {
    const spread = { scale: 5, zeroCount: 4, offset: 640, counts: Array.from({ length: 90 }, () => 1) };
    const dir = writeJournal({
      'run-a': {
        '1-0.0.tkap': shopRecords(),
        '2-0.0.tkap': writerRecords(
          [['src/spread', (id) => aggregate(id, 94, 2, { histogram: spread, minNs: 0, maxNs: 7e6 })]],
          { pid: 2 },
        ),
      },
    });
    const samples = samplesOf(exported('prometheus', dir));
    const seconds = (durationMs: number | undefined): number | undefined =>
      durationMs === undefined ? undefined : durationMs / 1000;
    const agree: Readonly<Record<string, (metrics: AggregateMetrics) => number | undefined>> = {
      calls_total: ({ callCount, belowThresholdCalls }) =>
        belowThresholdCalls === 0 ? callCount : undefined,
      above_threshold_calls: ({ callCount, belowThresholdCalls }) =>
        belowThresholdCalls === 0 ? undefined : callCount,
      errors_total: ({ errorCount }) => errorCount,
      timed_calls_total: ({ timedCalls }) => timedCalls,
      below_threshold_calls: ({ belowThresholdCalls }) => belowThresholdCalls || undefined,
      self_seconds: ({ selfTimeMs }) => seconds(selfTimeMs),
      active_seconds: ({ activeTimeMs }) => seconds(activeTimeMs),
      wait_seconds: ({ waitTimeMs }) => seconds(waitTimeMs),
      call_duration_min_seconds: ({ minExecutionTimeMs }) => seconds(minExecutionTimeMs),
      call_duration_max_seconds: ({ maxExecutionTimeMs }) => seconds(maxExecutionTimeMs),
      call_duration_seconds_sum: ({ callCount, avgExecutionTimeMs }) =>
        seconds(callCount * avgExecutionTimeMs),
      last_24h_calls: ({ last24hCalls }) => last24hCalls,
      in_flight_calls: ({ inFlight }) => inFlight,
      memory_change_bytes: ({ avgMemoryBytes }) => avgMemoryBytes,
      allocated_bytes: ({ avgAllocatedBytes }) => avgAllocatedBytes,
      cpu_ratio: ({ cpuPercent }) => (cpuPercent === undefined ? undefined : cpuPercent / 100),
      success_ratio: ({ successRate }) => successRate,
    };
    const functions = reported(dir).filter(({ functionName }) => functionName.startsWith('src/'));
    for (const [family, value] of Object.entries(agree)) {
      const wanted = functions.flatMap((metrics) => {
        const number = value(metrics);
        return number === undefined ? [] : [[metrics.functionName, expect.closeTo(number, 9)]];
      });
      expect(wanted).not.toEqual([]);
      expect({ family, ...byName(samples, `tka_perf_${family}`) }).toEqual({
        family,
        ...Object.fromEntries(wanted),
      });
    }
    for (const { functionName, p50ExecutionTimeMs, p90ExecutionTimeMs, ...metrics } of functions) {
      const percentiles = samples
        .filter(
          ({ name, labels }) => name.endsWith('_percentile_seconds') && labels['function'] === functionName,
        )
        .map(({ labels, value }) => [labels['percentile'], value * 1000]);
      expect(percentiles).toEqual([
        ['50', expect.closeTo(p50ExecutionTimeMs, 9)],
        ['90', expect.closeTo(p90ExecutionTimeMs, 9)],
        ['95', expect.closeTo(metrics.p95ExecutionTimeMs, 9)],
        ['99', expect.closeTo(metrics.p99ExecutionTimeMs, 9)],
      ]);
    }
    const one = (name: string): Sample | undefined => samples.find((each) => each.name === name);
    expect(one('tka_perf_run_info')?.labels['run']).toBe('run-a');
    expect(one('tka_perf_run_start_time_seconds')?.value).toBe(START / 1000);
    expect(one('tka_perf_run_last_time_seconds')?.value).toBe(START / 1000 + 3);
    expect(one('tka_perf_metrics_total')?.value).toBe(31 + 94);
    expect(
      samples.find(
        ({ name, labels }) =>
          name === 'tka_perf_function_info' && labels['function'] === 'src/cart.Cart.total',
      )?.labels,
    ).toMatchObject({ file: 'src/cart.ts', line: '41', kind: 'method', trend: 'stable' });
  });

  test('what an estimate makes less is no counter', () => {
    const [first = [], second = []] = [earlier, later].map((records) => {
      const text = exported('prometheus', writeJournal({ r: { 'a.tkap': records } }));
      const types = new Map(
        [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]),
      );
      return samplesOf(text).map(({ name, labels, value }) => ({
        key: `${name} ${labels['function'] ?? ''} ${labels['le'] ?? ''}`,
        value,
        type: types.get(name) ?? types.get(name.replace(/_(?:bucket|sum|count)$/, '')),
        name,
      }));
    });
    const before = new Map(first.map(({ key, value }) => [key, value]));
    for (const { key, value, type, name } of second) {
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
      if (type !== 'gauge') expect([key, value >= (before.get(key) ?? 0)]).toEqual([key, true]);
    }
    const less = second.filter(({ key, value }) => value < (before.get(key) ?? 0)).map(({ name }) => name);
    expect(less).toEqual(
      expect.arrayContaining([
        'tka_perf_above_threshold_calls',
        'tka_perf_self_seconds',
        'tka_perf_active_seconds',
        'tka_perf_wait_seconds',
      ]),
    );
  });

  test('since a moment it says that counters go down', () => {
    const dir = writeJournal({ r: { 'a.tkap': shopRecords() } });
    const said = (...args: readonly string[]): { code: number | null; stderr: string } => {
      const { code, stderr } = runCli(['export', '--dir', dir, ...args]);
      return { code, stderr };
    };
    const since = ['--since', '2020-01-01'];
    expect(said('--format', 'prometheus', ...since)).toEqual({
      code: 0,
      stderr:
        '[tka-perf] with --since counters go down as the window moves, which Prometheus takes for a restart; without it they only grow\n',
    });
    expect(said('--format', 'prometheus')).toEqual({ code: 0, stderr: '' });
    expect(said('--format', 'csv', ...since)).toEqual({ code: 0, stderr: '' });
  });

  test('a value counts in each bucket from its own bound on', () => {
    const sparse = { scale: 5, zeroCount: 4 };
    // Of buckets of 2^(1/32) the 192nd is the first above 2^6 ns, which is the first bound.
    const dir = writeJournal({
      r: {
        'a.tkap': writerRecords([
          ['f', (id) => aggregate(id, 14, 1, { histogram: { ...sparse, offset: 190, counts: [2, 3, 5] } })],
          ['g', (id) => aggregate(id, 10, 1, { histogram: { ...sparse, offset: 193, counts: [1, 2, 3] } })],
        ]),
      },
    });
    const buckets = samplesOf(exported('prometheus', dir))
      .filter(({ name }) => name.endsWith('_bucket'))
      .map(({ labels, value }) => [labels['le'], value]);
    const then = (value: number): number[] => Array.from({ length: 16 }, () => value);
    expect(buckets.map(([, value]) => value)).toEqual([9, ...then(14), 4, ...then(10)]);
    expect(buckets.slice(0, 2).map(([le]) => Number(le))).toEqual([64e-9, 256e-9]);
    expect(buckets.at(-2)?.[0]).toBe('68.719476736');
    expect(buckets.at(-1)?.[0]).toBe('+Inf');
  });
});

describe('otlp-json', () => {
  const { opentelemetry } = require('@opentelemetry/otlp-transformer/build/src/generated/root.js');
  const { ExportMetricsServiceRequest } = opentelemetry.proto.collector.metrics.v1;
  const asJson = { longs: String, json: true };

  test('is an ExportMetricsServiceRequest, without a field that the protocol does not know', () => {
    const document = JSON.parse(exported('otlp-json'));
    const message = ExportMetricsServiceRequest.fromObject(document);
    expect(ExportMetricsServiceRequest.verify(message)).toBeNull();
    const decoded = ExportMetricsServiceRequest.decode(ExportMetricsServiceRequest.encode(message).finish());
    const text = JSON.stringify(document);
    // Enumerations may be written by number; everything else comes back as it was.
    expect(
      JSON.parse(JSON.stringify(ExportMetricsServiceRequest.toObject(decoded, { ...asJson, enums: Number }))),
    ).toEqual(JSON.parse(text.replaceAll('\\ud800', '\ufffd')));
  });

  test('holds the buckets as they were recorded', () => {
    const dir = shopJournal();
    const [{ scopeMetrics }] = JSON.parse(exported('otlp-json', dir)).resourceMetrics;
    const named = (name: string): { dataPoints: Record<string, never>[] } => {
      const { exponentialHistogram, sum, gauge } = scopeMetrics[0].metrics.find(
        (metric: { name: string }) => metric.name === name,
      );
      return exponentialHistogram ?? sum ?? gauge;
    };
    expect(named('tka_perf.function.duration').dataPoints[0]).toMatchObject({
      attributes: expect.arrayContaining([
        { key: 'code.function.name', value: { stringValue: 'src/cart.Cart.total' } },
        { key: 'code.line.number', value: { intValue: '41' } },
      ]),
      startTimeUnixNano: '1795435200000000000',
      timeUnixNano: '1795435200100000000',
      count: '8',
      sum: 12e6,
      scale: 5,
      zeroCount: '0',
      positive: { offset: 640, bucketCounts: ['1', '0', '3', '0', '4'] },
    });
    const byName = (name: string): Record<string, number> =>
      Object.fromEntries(
        named(name)
          .dataPoints.map(({ attributes, asInt, asDouble }) => [
            (attributes as unknown as { value: { stringValue: string } }[])[0]?.value.stringValue,
            Number(asInt ?? asDouble),
          ])
          .filter(([functionName]) => String(functionName).startsWith('src/')),
      );
    const agree: Readonly<Record<string, (metrics: AggregateMetrics) => number | undefined>> = {
      errors: ({ errorCount }) => errorCount,
      timed_calls: ({ timedCalls }) => timedCalls,
      above_threshold_calls: ({ callCount, belowThresholdCalls }) =>
        belowThresholdCalls === 0 ? undefined : callCount,
      below_threshold_calls: ({ belowThresholdCalls }) => belowThresholdCalls || undefined,
      self_time: ({ selfTimeMs }) => selfTimeMs && selfTimeMs * 1e6,
      active_time: ({ activeTimeMs }) => activeTimeMs && activeTimeMs * 1e6,
      wait_time: ({ waitTimeMs }) => waitTimeMs && waitTimeMs * 1e6,
      in_flight: ({ inFlight }) => inFlight,
      memory_change: ({ avgMemoryBytes }) => avgMemoryBytes,
      allocated: ({ avgAllocatedBytes }) => avgAllocatedBytes,
      cpu_utilization: ({ cpuPercent }) => cpuPercent && cpuPercent / 100,
    };
    for (const [name, value] of Object.entries(agree)) {
      const wanted = reported(dir).flatMap((metrics) => {
        const number = value(metrics);
        return number === undefined || !metrics.functionName.startsWith('src/')
          ? []
          : [[metrics.functionName, expect.closeTo(number, 6)]];
      });
      expect(wanted).not.toEqual([]);
      expect(byName(`tka_perf.function.${name}`)).toEqual(Object.fromEntries(wanted));
    }
    expect(
      named('tka_perf.function.calls')
        .dataPoints.map(({ asInt }) => Number(asInt))
        .toSorted(),
    ).toEqual(
      reported(dir)
        .filter(({ belowThresholdCalls }) => belowThresholdCalls === 0)
        .map(({ callCount }) => callCount)
        .toSorted(),
    );
  });

  test('a sum that an estimate makes less is not monotonic', () => {
    const [first = new Map(), second = new Map()] = [earlier, later].map((records) => {
      const document = JSON.parse(exported('otlp-json', writeJournal({ r: { 'a.tkap': records } })));
      const { metrics } = document.resourceMetrics[0].scopeMetrics[0];
      return new Map<string, number>(
        metrics.flatMap(({ name, sum }: { name: string; sum?: OtlpSum }) =>
          sum?.isMonotonic === true
            ? sum.dataPoints.map(({ attributes, asInt }) => [
                `${name} ${attributes[0]?.value.stringValue}`,
                Number(asInt),
              ])
            : [],
        ),
      );
    });
    expect([...first.keys()]).toContain('tka_perf.function.calls plain');
    for (const [name, value] of first) expect([name, second.get(name) >= value]).toEqual([name, true]);
  });
});

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

describe('chrome-trace', () => {
  test('calls of one row lie in each other or beside each other', () => {
    const { traceEvents } = JSON.parse(exported('chrome-trace')) as { traceEvents: TraceEvent[] };
    const calls = traceEvents.filter(({ ph }) => ph === 'X');
    expect(calls).toHaveLength(6 + HOSTILE.length);
    for (const a of calls) {
      for (const b of calls.filter((other) => other.tid === a.tid && other.ts >= a.ts && other !== a)) {
        const [endOfA, endOfB] = [a.ts + a.dur, b.ts + b.dur];
        const isBehind = b.ts >= endOfA - 1e-6;
        const isWithin = endOfB <= endOfA + 1e-6 || (a.ts === b.ts && endOfA <= endOfB);
        expect(isBehind || isWithin).toBe(true);
      }
    }
    expect(calls.find(({ args }) => args['argsHash'] === 'aa11')).toMatchObject({
      name: 'src/cart.Cart.total',
      ts: expect.closeTo(10_300, 0),
      dur: expect.closeTo(3_700, 0),
      args: { ok: true, source: 'src/cart.ts:41', memoryBytes: 4_096 },
    });
    const rows = calls.filter(({ name }) => name === 'src/shop.checkout').map(({ tid }) => tid);
    expect(new Set(rows).size).toBe(2);
  });
});

/** Containers: processes of one number, at once on two machines and one after the other on one of them. */
function journalOfContainers(): string {
  const writer = (changes: Partial<HeadRecord>, from: number, to: number): unknown[] => {
    const startedAt = START + from;
    const identity = { pid: 7, processStartedAt: startedAt - 20, startedAt, ...changes };
    const metrics = [{ id: 0, durationNs: (to - from) * 1e6, at: START + to, ok: true }];
    const records = writerRecords([['work', (id) => aggregate(id, 1, to - from)]], identity);
    return [...records.slice(0, 3), { t: 'metrics', metrics }, ...records.slice(3)];
  };
  return writeJournal({
    'run-a': {
      'a.tkap': writer({ host: 'anna' }, 10, 50),
      'a-worker.tkap': writer({ host: 'anna', thread: 1, processStartedAt: START - 11 }, 20, 30),
      'b.tkap': writer({ host: 'bert' }, 30, 70),
      'b-again.tkap': writer({ host: 'bert' }, 9_000, 9_010),
      'other.tkap': writer({ host: 'bert', pid: 8 }, 40, 60),
    },
  });
}

/** A thread's calls as a time line shows them, in nanoseconds since the run began. */
function timeLineOf(calls: readonly (readonly [id: number, durationNs: number, endUs: number])[]): {
  readonly trace: readonly (readonly [name: string, startNs: number, durationNs: number])[];
  readonly chart: readonly string[];
} {
  const metrics = calls.map(([id, durationNs, endUs]) => ({
    id,
    durationNs,
    at: (START * 1_000 + endUs) / 1_000,
    ok: true,
  }));
  const sums = (id: number): SiteAggregate => aggregate(id, calls.length, 1);
  const records = writerRecords([
    ['outer', sums],
    ['inner', sums],
  ]);
  const dir = writeJournal({ r: { 'a.tkap': [...records.slice(0, 4), { t: 'metrics', metrics }] } });
  const { traceEvents } = JSON.parse(exported('chrome-trace', dir)) as { traceEvents: TraceEvent[] };
  const { profiles, shared } = JSON.parse(exported('speedscope', dir));
  return {
    trace: traceEvents
      .filter(({ ph }) => ph === 'X')
      .map(({ name, ts, dur }) => [name, Math.round(ts * 1e3), dur * 1e3]),
    chart: profiles
      .at(-1)
      .events.map(
        ({ type, frame, at }: { type: string; frame: number; at: number }) =>
          `${type} ${shared.frames[frame].name} ${Math.round(at * 1e6)}`,
      ),
  };
}

describe('time lines', () => {
  test('have durations to the nanosecond', () => {
    const { trace, chart } = timeLineOf([
      [0, 527, 3_000_000_001],
      [0, 1_042, 3_000_000_003],
    ]);
    expect(trace).toEqual([
      ['outer', 3_000_000_000_473, 527],
      ['outer', 3_000_000_001_958, 1_042],
    ]);
    expect(chart).toEqual(['O outer 0', 'C outer 527', 'O outer 1485', 'C outer 2527']);
  });

  test('calls that ended in the same microsecond follow each other, unless there is room in the last', () => {
    const { trace } = timeLineOf([
      [1, 300, 10],
      [1, 300, 10],
      [1, 200, 20],
      [1, 200, 20],
      [0, 500, 20],
    ]);
    expect(trace).toEqual([
      ['inner', 9_700, 300],
      ['inner', 10_000, 300],
      ['outer', 19_500, 500],
      ['inner', 19_600, 200],
      ['inner', 19_800, 200],
    ]);
  });

  test('inner calls keep their durations where measuring was taken off the outer one', () => {
    const { trace } = timeLineOf([
      [1, 1_000_000, 11_000],
      [1, 1_000_000, 13_000],
      [0, 2_600_000, 13_000],
    ]);
    expect(trace).toEqual([
      ['outer', 10_400_000, 2_600_000],
      ['inner', 10_400_000, 1_000_000],
      ['inner', 12_000_000, 1_000_000],
    ]);
  });
});

describe('processes of one number', () => {
  test('chrome-trace: each has a number of its own, and its name says which it is', () => {
    const { traceEvents } = JSON.parse(exported('chrome-trace', journalOfContainers())) as {
      traceEvents: TraceEvent[];
    };
    const calls = traceEvents.filter(({ ph }) => ph === 'X');
    expect(calls.map(({ pid, tid }) => [pid, tid])).toEqual([
      [7, 1],
      [7, 0],
      [8, 0],
      [10_000_007, 0],
      [20_000_007, 0],
    ]);
    const names = traceEvents.filter(({ name }) => name === 'process_name');
    expect(Object.fromEntries(names.map(({ pid, args }) => [pid, args['name']]))).toEqual({
      7: 'app.js --fast, process 7 on anna',
      8: 'app.js --fast, process 8 on bert',
      10_000_007: 'app.js --fast, process 7 on bert since 2026-11-23T12:00:00.030Z',
      20_000_007: 'app.js --fast, process 7 on bert since 2026-11-23T12:00:09.000Z',
    });
  });

  test('speedscope: the title of a flame chart says which it is', () => {
    const { profiles } = JSON.parse(exported('speedscope', journalOfContainers()));
    expect(profiles.slice(1).map(({ name }: { name: string }) => name)).toEqual([
      'recent calls, process 7 on anna, thread 1',
      'recent calls, process 7 on anna',
      'recent calls, process 8 on bert',
      'recent calls, process 7 on bert since 2026-11-23T12:00:00.030Z',
      'recent calls, process 7 on bert since 2026-11-23T12:00:09.000Z',
    ]);
  });

  test('a single process has its number and no more', () => {
    expect(exported('chrome-trace')).toContain('"name":"dist/server.js --port 80"');
    expect(exported('speedscope')).toContain(`recent calls, process ${DEAD_PID}"`);
  });
});

describe('speedscope', () => {
  test('is valid by the published schema', () => {
    const schema = JSON.parse(
      readFileSync(
        join(require.resolve('speedscope/package.json'), '../dist/release/file-format-schema.json'),
        'utf8',
      ),
    );
    const validate = new Ajv({ strict: false }).compile(schema);
    validate(JSON.parse(exported('speedscope')));
    expect(validate.errors).toBeNull();
  });

  test('opens and closes calls in order, and sums up self times', () => {
    const dir = shopJournal();
    const { profiles, shared } = JSON.parse(exported('speedscope', dir));
    const [selfTimes, ...lines] = profiles;
    const sum = reported(dir).reduce((total, { selfTimeMs = 0 }) => total + selfTimeMs, 0);
    expect(selfTimes.endValue).toBeCloseTo(sum, 9);
    for (const { events, endValue } of lines) {
      const open: number[] = [];
      let last = 0;
      for (const { type, frame, at } of events) {
        expect(at).toBeGreaterThanOrEqual(last);
        last = at;
        if (type === 'O') open.push(frame);
        else expect(open.pop()).toBe(frame);
      }
      expect(open).toEqual([]);
      expect(last).toBeLessThanOrEqual(endValue);
    }
    const [first] = lines;
    expect(first.events.slice(0, 3).map(({ frame }: { frame: number }) => shared.frames[frame].name)).toEqual(
      ['src/cart.Cart.total', 'src/cart.Cart.tax', 'src/cart.Cart.tax'],
    );
  });

  test('takes calls that nest as deep as there are calls', () => {
    const depth = 10_000;
    const metrics = Array.from({ length: depth }, (_, index) => ({
      id: 0,
      durationNs: (index + 1) * 2e3,
      at: Date.UTC(2026, 10, 23, 12) + 100 + (index + 1) * 1e-3,
      ok: true,
    }));
    const records = writerRecords([['deep', (id) => aggregate(id, depth, 1)]]);
    const dir = writeJournal({ r: { 'a.tkap': [...records.slice(0, 3), { t: 'metrics', metrics }] } });
    expect(JSON.parse(exported('speedscope', dir)).profiles[1].events).toHaveLength(2 * depth);
  });
});
