import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import type { HistogramRecord, SiteAggregate } from '../../runtime/format/record.ts';
import { visible } from '../text/escape.ts';
import { functionsOf } from '../profile/functions.ts';
import type { Profile } from '../profile/profile.ts';
import { hasThreshold } from './threshold.ts';
import { packageVersion } from '../version.ts';

const NS_PER_S = 1e9;
const MS_PER_S = 1e3;

/** Exponents of two, in ns, of the classic buckets' upper bounds: 64 ns to 69 s, each four times the one before. */
const BOUND_EXPONENTS: readonly number[] = Array.from({ length: 16 }, (_, index) => 6 + 2 * index);

type Labels = Readonly<Record<string, string | number>>;

/** A function with the numbers that users read and the sums below them. */
interface Source {
  readonly metrics: AggregateMetrics;
  readonly aggregate: SiteAggregate;
  readonly hasThreshold: boolean;
}

/** One metric family of a number a function; functions without the number have no sample. */
interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: (source: Source) => number | undefined;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'tka_perf_calls_total',
    type: 'counter',
    help: 'Calls, exact; of functions without a threshold.',
    value: (source) => (source.hasThreshold ? undefined : source.metrics.callCount),
  },
  {
    name: 'tka_perf_errors_total',
    type: 'counter',
    help: 'Calls that threw or rejected, exact.',
    value: ({ metrics }) => metrics.errorCount,
  },
  {
    name: 'tka_perf_timed_calls_total',
    type: 'counter',
    help: 'Calls that were timed; the others stand behind them, under the overhead budget.',
    value: ({ metrics }) => metrics.timedCalls,
  },
  {
    name: 'tka_perf_above_threshold_calls',
    type: 'gauge',
    help: 'Calls that took as long as the threshold of their mark, or failed; an estimate where calls are sampled.',
    value: (source) => (source.hasThreshold ? source.metrics.callCount : undefined),
  },
  {
    name: 'tka_perf_below_threshold_calls',
    type: 'gauge',
    help: 'Calls faster than the threshold of their mark, in no other number; an estimate where calls are sampled.',
    value: (source) => (source.hasThreshold ? source.metrics.belowThresholdCalls : undefined),
  },
  // Differences of estimates, each of which the next timed call may make less: no counters.
  {
    name: 'tka_perf_self_seconds',
    type: 'gauge',
    help: 'Time in the function itself, without instrumented functions that it called.',
    value: ({ metrics }) => inSeconds(metrics.selfTimeMs),
  },
  {
    name: 'tka_perf_active_seconds',
    type: 'gauge',
    help: 'Time that async functions, generators and functions that returned a promise ran.',
    value: ({ metrics }) => inSeconds(metrics.activeTimeMs),
  },
  {
    name: 'tka_perf_wait_seconds',
    type: 'gauge',
    help: 'Time that they were suspended.',
    value: ({ metrics }) => inSeconds(metrics.waitTimeMs),
  },
  {
    name: 'tka_perf_last_24h_calls',
    type: 'gauge',
    help: 'Calls of the last 24 hours, exact to the hour.',
    value: ({ metrics }) => metrics.last24hCalls,
  },
  {
    name: 'tka_perf_in_flight_calls',
    type: 'gauge',
    help: 'Calls begun and not ended.',
    value: ({ metrics }) => metrics.inFlight,
  },
  {
    name: 'tka_perf_call_duration_min_seconds',
    type: 'gauge',
    help: 'The fastest timed call.',
    value: ({ metrics }) => timed(metrics, metrics.minExecutionTimeMs),
  },
  {
    name: 'tka_perf_call_duration_max_seconds',
    type: 'gauge',
    help: 'The slowest timed call.',
    value: ({ metrics }) => timed(metrics, metrics.maxExecutionTimeMs),
  },
  {
    name: 'tka_perf_memory_change_bytes',
    type: 'gauge',
    help: 'Change of the resident set per call, mean of sampled calls.',
    value: ({ metrics }) => metrics.avgMemoryBytes,
  },
  {
    name: 'tka_perf_allocated_bytes',
    type: 'gauge',
    help: 'Heap allocated per call, mean of sampled calls.',
    value: ({ metrics }) => metrics.avgAllocatedBytes,
  },
  {
    name: 'tka_perf_cpu_ratio',
    type: 'gauge',
    help: 'CPU time by elapsed time of sampled calls; 1 is one core.',
    value: ({ metrics }) => (metrics.cpuPercent === undefined ? undefined : metrics.cpuPercent / 100),
  },
  {
    name: 'tka_perf_success_ratio',
    type: 'gauge',
    help: 'Calls that succeeded by all calls.',
    value: ({ metrics }) => metrics.successRate,
  },
];

/**
 * The aggregates in Prometheus's text format: classic histograms with bounds that our finer buckets fall into without
 * loss, and percentiles, which are within 1.1 %, since a moment 10. Source: prometheus.io/docs/instrumenting/exposition_formats, 0.0.4.
 */
export function render(profile: Profile): string {
  const { run, functions, metrics, lastAt } = profile;
  const sources = functionsOf(profile).flatMap((each) => {
    const found = functions.get(each.functionName);
    if (found === undefined) return [];
    return [{ metrics: each, aggregate: found.aggregate, hasThreshold: hasThreshold(found.site, each) }];
  });
  return [
    header('tka_perf_run_info', 'gauge', 'The run that all numbers are of.'),
    sample('tka_perf_run_info', { run: run.id, version: packageVersion }, 1),
    header('tka_perf_run_start_time_seconds', 'gauge', 'Unix time at which the first process began.'),
    sample('tka_perf_run_start_time_seconds', {}, run.startedAt / MS_PER_S),
    header('tka_perf_run_last_time_seconds', 'gauge', 'Unix time of the last record.'),
    sample('tka_perf_run_last_time_seconds', {}, lastAt / MS_PER_S),
    header('tka_perf_metrics_total', 'counter', 'Metrics recorded, over all functions.'),
    sample('tka_perf_metrics_total', {}, metrics),
    ...renderInfo(sources),
    ...FAMILIES.flatMap((family) => renderFamily(family, sources)),
    ...renderPercentiles(sources, profile.sinceMs !== -Infinity),
    ...renderHistograms(sources),
  ].join('');
}

function renderFamily({ name, type, help, value }: Family, sources: readonly Source[]): string[] {
  const samples = sources.flatMap((source) => {
    const found = value(source);
    return found === undefined ? [] : [sample(name, labelsOf(source), found)];
  });
  return samples.length === 0 ? [] : [header(name, type, help), ...samples];
}

/** Where each function stands; join it by `* on (function) group_left (file, line)`. */
function renderInfo(sources: readonly Source[]): string[] {
  const name = 'tka_perf_function_info';
  return [
    header(name, 'gauge', 'Where a function stands, and its trend: improving, stable or degrading.'),
    ...sources.map((source) => {
      const { file, line, kind, performanceTrend: trend } = source.metrics;
      return sample(name, { ...labelsOf(source), file, line, kind, trend }, 1);
    }),
  ];
}

function renderPercentiles(sources: readonly Source[], isWindow: boolean): string[] {
  const name = 'tka_perf_call_duration_percentile_seconds';
  return [
    header(name, 'gauge', `Percentiles of the durations, within ${isWindow ? '10' : '1.1'} %.`),
    ...sources.flatMap((source) => {
      const { metrics } = source;
      if (metrics.timedCalls === 0) return [];
      const values = {
        50: metrics.p50ExecutionTimeMs,
        90: metrics.p90ExecutionTimeMs,
        95: metrics.p95ExecutionTimeMs,
        99: metrics.p99ExecutionTimeMs,
      };
      return Object.entries(values).map(([percentile, valueMs]) =>
        sample(name, { ...labelsOf(source), percentile }, valueMs / MS_PER_S),
      );
    }),
  ];
}

function renderHistograms(sources: readonly Source[]): string[] {
  const name = 'tka_perf_call_duration_seconds';
  return [
    header(name, 'histogram', 'Durations of calls; a timed call counts for those that it stands for.'),
    ...sources.flatMap((source) => {
      const { histogram, totalNs, histogramNs = totalNs } = source.aggregate;
      const labels = labelsOf(source);
      const count = histogram.counts.reduce((sum, times) => sum + times, histogram.zeroCount);
      return [
        ...BOUND_EXPONENTS.map((exponent) =>
          sample(
            `${name}_bucket`,
            { ...labels, le: String(2 ** exponent / NS_PER_S) },
            atMost(histogram, exponent),
          ),
        ),
        sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
        sample(`${name}_sum`, labels, histogramNs / NS_PER_S),
        sample(`${name}_count`, labels, count),
      ];
    }),
  ];
}

/** Values of at most 2^exponent ns: exact, since every power of two is a bound of the exponential buckets. */
function atMost({ counts, offset, scale, zeroCount }: HistogramRecord, exponent: number): number {
  const buckets = exponent * 2 ** scale - offset;
  return counts.slice(0, Math.max(0, buckets)).reduce((sum, times) => sum + times, zeroCount);
}

function labelsOf({ metrics }: Source): Labels {
  return { function: metrics.functionName };
}

function inSeconds(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : durationMs / MS_PER_S;
}

function timed({ timedCalls }: AggregateMetrics, durationMs: number): number | undefined {
  return timedCalls === 0 ? undefined : durationMs / MS_PER_S;
}

function header(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(String(text))}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

/** Line feeds are escaped by {@link visible} already; what the format itself takes as special is left. */
function labelValue(text: string): string {
  return visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
