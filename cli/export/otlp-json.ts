import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import type { JournalSite } from '../../runtime/format/record.ts';
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import { functionsOf } from '../profile/functions.ts';
import { printableJsonLine } from '../text/escape.ts';
import type { FunctionProfile, Profile } from '../profile/profile.ts';
import { hasThreshold } from './threshold.ts';
import { packageVersion } from '../version.ts';

/** `AGGREGATION_TEMPORALITY_CUMULATIVE`. */
const CUMULATIVE = 2;

type Attribute = {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
};

/** What every data point of a run has. */
interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/** A function with the numbers that users read. */
interface Source {
  readonly metrics: AggregateMetrics;
  readonly site: JournalSite;
}

/** One metric: a number of each function that has it. */
interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** A `sum` may become less where it is an estimate; a `counter` is a monotonic one. */
  readonly kind: 'counter' | 'sum' | 'gauge';
  readonly value: (metrics: AggregateMetrics, hasThreshold: boolean) => NumberOfPoint | undefined;
}

const METRICS: readonly Metric[] = [
  {
    name: 'tka_perf.function.calls',
    description: 'Calls, exact; of functions without a threshold.',
    unit: '{call}',
    kind: 'counter',
    value: ({ callCount }, hasThreshold) => (hasThreshold ? undefined : integer(callCount)),
  },
  {
    name: 'tka_perf.function.errors',
    description: 'Calls that threw or rejected, exact.',
    unit: '{call}',
    kind: 'counter',
    value: ({ errorCount }) => integer(errorCount),
  },
  {
    name: 'tka_perf.function.timed_calls',
    description: 'Calls that were timed; the histogram stands on these.',
    unit: '{call}',
    kind: 'counter',
    value: ({ timedCalls }) => integer(timedCalls),
  },
  {
    name: 'tka_perf.function.above_threshold_calls',
    description:
      'Calls that took as long as the threshold of their mark, or failed; an estimate where calls are sampled.',
    unit: '{call}',
    kind: 'sum',
    value: ({ callCount }, hasThreshold) => (hasThreshold ? integer(callCount) : undefined),
  },
  {
    name: 'tka_perf.function.below_threshold_calls',
    description:
      'Calls faster than the threshold of their mark, in no other number; an estimate where calls are sampled.',
    unit: '{call}',
    kind: 'sum',
    value: ({ belowThresholdCalls }, hasThreshold) =>
      hasThreshold ? integer(belowThresholdCalls) : undefined,
  },
  {
    name: 'tka_perf.function.self_time',
    description: 'Time in the function itself, without instrumented functions that it called.',
    unit: 'ns',
    kind: 'sum',
    value: ({ selfTimeMs }) => nanoseconds(selfTimeMs),
  },
  {
    name: 'tka_perf.function.active_time',
    description: 'Time that async functions, generators and functions that returned a promise ran.',
    unit: 'ns',
    kind: 'sum',
    value: ({ activeTimeMs }) => nanoseconds(activeTimeMs),
  },
  {
    name: 'tka_perf.function.wait_time',
    description: 'Time that they were suspended.',
    unit: 'ns',
    kind: 'sum',
    value: ({ waitTimeMs }) => nanoseconds(waitTimeMs),
  },
  {
    name: 'tka_perf.function.in_flight',
    description: 'Calls begun and not ended.',
    unit: '{call}',
    kind: 'gauge',
    value: ({ inFlight }) => integer(inFlight),
  },
  {
    name: 'tka_perf.function.memory_change',
    description: 'Change of the resident set per call, mean of sampled calls.',
    unit: 'By',
    kind: 'gauge',
    value: ({ avgMemoryBytes }) => double(avgMemoryBytes),
  },
  {
    name: 'tka_perf.function.allocated',
    description: 'Heap allocated per call, mean of sampled calls.',
    unit: 'By',
    kind: 'gauge',
    value: ({ avgAllocatedBytes }) => double(avgAllocatedBytes),
  },
  {
    name: 'tka_perf.function.cpu_utilization',
    description: 'CPU time by elapsed time of sampled calls; 1 is one core.',
    unit: '1',
    kind: 'gauge',
    value: ({ cpuPercent }) => double(cpuPercent, 0.01),
  },
];

type NumberOfPoint = { readonly asInt: string } | { readonly asDouble: number };

function integer(value: number): NumberOfPoint {
  return { asInt: String(value) };
}

/** What the function has not is no data point. */
function double(value: number | undefined, unit: number = 1): NumberOfPoint | undefined {
  return value === undefined ? undefined : { asDouble: value * unit };
}

function nanoseconds(durationMs: number | undefined): NumberOfPoint | undefined {
  return double(durationMs, NS_PER_MS);
}

/**
 * An OTLP `ExportMetricsServiceRequest` in JSON, to be posted to a collector's `/v1/metrics`. Durations are exponential
 * histograms, bucket by bucket as they were recorded, in nanoseconds: their bounds are powers of two of these.
 * Source: opentelemetry.io/docs/specs/otlp ("JSON Protobuf Encoding"), metrics data model "ExponentialHistogram".
 */
export function render(profile: Profile): string {
  const { run, writers, functions, lastAt } = profile;
  const times: Times = { startTimeUnixNano: unixNano(run.startedAt), timeUnixNano: unixNano(lastAt) };
  const sites = [...functions.values()];
  const sources = functionsOf(profile).flatMap((each) => {
    const found = functions.get(each.functionName);
    return found === undefined ? [] : [{ metrics: each, site: found.site }];
  });
  const first = writers[0]?.head;
  const resource = [
    text('tka_perf.run.id', run.id),
    text('service.name', serviceName(first?.command[0])),
    ...(first === undefined ? [] : [text('host.name', first.host), text('process.runtime.name', 'nodejs')]),
    ...(first === undefined ? [] : [text('process.runtime.version', first.node.replace(/^v/, ''))]),
  ];
  const metrics = [histograms(sites, times), ...METRICS.flatMap((metric) => numbers(metric, sources, times))];
  return `${printableJsonLine({
    resourceMetrics: [
      {
        resource: { attributes: resource },
        scopeMetrics: [{ scope: { name: 'tka-perf', version: packageVersion }, metrics }],
      },
    ],
  })}\n`;
}

function histograms(sites: readonly FunctionProfile[], times: Times): object {
  const dataPoints = sites.map(({ site, aggregate }) => {
    const { histogram, totalNs, histogramNs = totalNs, minNs, maxNs } = aggregate;
    const { scale, zeroCount, offset, counts } = histogram;
    return {
      attributes: attributesOf(site),
      ...times,
      count: String(counts.reduce((sum, count) => sum + count, zeroCount)),
      sum: histogramNs,
      scale,
      zeroCount: String(zeroCount),
      positive: { offset, bucketCounts: counts.map(String) },
      ...(minNs === undefined ? {} : { min: minNs }),
      ...(maxNs === undefined ? {} : { max: maxNs }),
    };
  });
  return {
    name: 'tka_perf.function.duration',
    description: 'Durations of calls; a timed call counts for those that it stands for.',
    unit: 'ns',
    exponentialHistogram: { dataPoints, aggregationTemporality: CUMULATIVE },
  };
}

function numbers(
  { name, description, unit, kind, value }: Metric,
  sources: readonly Source[],
  times: Times,
): object[] {
  const dataPoints = sources.flatMap(({ site, metrics }) => {
    const found = value(metrics, hasThreshold(site, metrics));
    return found === undefined ? [] : [{ attributes: attributesOf(site), ...times, ...found }];
  });
  if (dataPoints.length === 0) return [];
  const data =
    kind === 'gauge'
      ? { gauge: { dataPoints } }
      : { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: kind === 'counter' } };
  return [{ name, description, unit, ...data }];
}

/** The program's file without its path; OpenTelemetry's own word where there is none. */
function serviceName(script: string | undefined): string {
  return script?.split(/[/\\]/).at(-1) || 'unknown_service:node';
}

/** By OpenTelemetry's semantic conventions for code. */
function attributesOf({ name, kind, file, line }: JournalSite): Attribute[] {
  return [
    text('code.function.name', name),
    text('tka_perf.function.kind', kind),
    ...(file === '' ? [] : [text('code.file.path', file)]),
    ...(line === 0 ? [] : [{ key: 'code.line.number', value: { intValue: String(line) } }]),
  ];
}

/** Protobuf's strings are UTF-8, which has no lone surrogates. */
function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value.replaceAll(/\p{Surrogate}/gu, '\ufffd') } };
}

/** Nanoseconds since the epoch, without the rounding of a double. */
function unixNano(epochMs: number): string {
  return String(BigInt(Math.max(0, Math.round(epochMs * 1e3))) * 1_000n);
}
