import { isoTime } from '../report/document.ts';
import { printableJsonLine } from '../text/escape.ts';
import type { Profile } from '../profile/profile.ts';
import { packageVersion } from '../version.ts';
import { callsToExport } from './calls.ts';
import { callsByThread, type Lane, lanesOf, type Step, stepsOf } from './lanes.ts';
import { tracksOf } from './processes.ts';

/** Numbers of rows that are no threads begin here; a thread's own row has the thread's number. */
const LANE_STEP = 100_000;

type TraceEvent = Readonly<Record<string, unknown>>;

/**
 * The recent calls in Chrome's Trace Event Format: complete events (`ph: "X"`), in microseconds since the run began.
 * Calls that wait have rows beside their thread's. Source: "Trace Event Format", JSON Object Format.
 */
export function render(profile: Profile): string {
  const { run } = profile;
  const threads = callsByThread(callsToExport(profile));
  const tracks = tracksOf(threads.map(({ head }) => head));
  const traceEvents = threads.flatMap(({ head, calls }) => {
    const { pid, thread, command } = head;
    const { id, place } = tracks.get(head) ?? { id: pid, place: '' };
    const lanes = lanesOf(calls, profile);
    const name = command.join(' ') || 'node';
    return [
      metadata('process_name', id, thread, place === '' ? name : `${name}, process ${pid}${place}`),
      ...lanes.flatMap((lane, index) => {
        const tid = lane.kind === 'calls' ? thread : thread + LANE_STEP * (index + 1);
        return [
          metadata('thread_name', id, tid, laneName(lane, thread, index)),
          ...Array.from(stepsOf(lane.calls))
            .filter(({ kind }) => kind === 'open')
            .map((step) => eventOf(step, id, tid)),
        ];
      }),
    ];
  });
  return `${printableJsonLine({
    otherData: {
      exporter: 'tka-perf',
      version: packageVersion,
      run: run.id,
      startedAt: isoTime(run.startedAt),
    },
    displayTimeUnit: 'ms',
    traceEvents,
  })}\n`;
}

function laneName({ kind }: Lane, thread: number, index: number): string {
  const name = thread === 0 ? 'main thread' : `worker ${thread}`;
  return kind === 'calls' ? name : `${name}, async ${index}`;
}

function metadata(name: string, pid: number, tid: number, value: string): TraceEvent {
  return { ph: 'M', name, pid, tid, args: { name: value } };
}

function eventOf({ call, startNs, endNs }: Step, pid: number, tid: number): TraceEvent {
  const { site, ok, argsHash, error, memoryBytes, cpuPercent } = call;
  return {
    ph: 'X',
    name: site.name,
    cat: site.kind,
    pid,
    tid,
    ts: startNs / 1e3,
    dur: (endNs - startNs) / 1e3,
    args: {
      ok,
      ...(site.file === '' ? {} : { source: `${site.file}:${site.line}` }),
      ...(error === undefined ? {} : { error }),
      ...(argsHash === undefined ? {} : { argsHash }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(cpuPercent === undefined ? {} : { cpuPercent }),
    },
  };
}
