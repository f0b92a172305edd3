import type { JournalSite } from '../../runtime/format/record.ts';
import { printableJsonLine } from '../text/escape.ts';
import { functionsOf } from '../profile/functions.ts';
import type { Profile } from '../profile/profile.ts';
import { recentCalls } from '../profile/recent.ts';
import { packageVersion } from '../version.ts';
import { callsByThread, lanesOf, stepsOf } from './lanes.ts';
import { tracksOf } from './processes.ts';

/** A function as the format's `frames` hold it. */
interface Frame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly col?: number;
}

type FrameOf = (site: Pick<JournalSite, 'name' | 'file' | 'line' | 'column'>) => number;

/**
 * speedscope's own format: one sampled profile with the self time of each function, which is of all calls, and one
 * evented profile for each row of recent calls. Source: speedscope.app/file-format-schema.json.
 */
export function render(profile: Profile): string {
  const { run } = profile;
  const frames: Frame[] = [];
  const indices = new Map<string, number>();
  const frameOf: FrameOf = ({ name, file, line, column }) => {
    const known = indices.get(name);
    if (known !== undefined) return known;
    indices.set(name, frames.length);
    frames.push(file === '' ? { name } : { name, file, line, col: column + 1 });
    return frames.length - 1;
  };
  const profiles = [selfTimes(profile, frameOf), ...timeLines(profile, frameOf)];
  return `${printableJsonLine({
    exporter: `tka-perf ${packageVersion}`,
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: `run ${run.id}`,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  })}\n`;
}

function selfTimes(profile: Profile, frameOf: FrameOf): object {
  const functions = functionsOf(profile).flatMap(({ functionName: name, selfTimeMs = 0, ...place }) =>
    selfTimeMs > 0 ? [{ frame: frameOf({ name, ...place }), selfTimeMs }] : [],
  );
  return {
    type: 'sampled',
    name: 'self time of all calls, by function',
    unit: 'milliseconds',
    startValue: 0,
    endValue: functions.reduce((sum, { selfTimeMs }) => sum + selfTimeMs, 0),
    samples: functions.map(({ frame }) => [frame]),
    weights: functions.map(({ selfTimeMs }) => selfTimeMs),
  };
}

function timeLines(profile: Profile, frameOf: FrameOf): object[] {
  const threads = callsByThread(recentCalls(profile));
  const tracks = tracksOf(threads.map(({ head }) => head));
  return threads.flatMap(({ head, calls }) => {
    const { pid, thread } = head;
    const who = `process ${pid}${tracks.get(head)?.place ?? ''}${thread === 0 ? '' : `, thread ${thread}`}`;
    return lanesOf(calls, profile).map(({ kind, calls: placed }, index) => {
      const startNs = placed[0]?.startNs ?? 0;
      const events = Array.from(stepsOf(placed), (step) => ({
        type: step.kind === 'open' ? 'O' : 'C',
        frame: frameOf(step.call.site),
        at: ((step.kind === 'open' ? step.startNs : step.endNs) - startNs) / 1e6,
      }));
      return {
        type: 'evented',
        name: `recent calls, ${who}${kind === 'calls' ? '' : `, async ${index}`}`,
        unit: 'milliseconds',
        startValue: 0,
        endValue: events.at(-1)?.at ?? 0,
        events,
      };
    });
  });
}
