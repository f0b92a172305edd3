import { isoTime } from '../report/document.ts';
import { printableJsonLine } from '../text/escape.ts';
import type { Profile } from '../profile/profile.ts';
import { callsToExport } from './calls.ts';

/**
 * The recent calls, a JSON object a line, the earliest first: the runtime's `PerformanceMetric` and where it ran.
 * Source: ndjson.org; `application/x-ndjson`.
 */
export function render(profile: Profile): string {
  return callsToExport(profile)
    .map(({ site, head, ...call }) => {
      const { durationNs, at, ok, memoryBytes, cpuPercent, argsHash, error } = call;
      return `${printableJsonLine({
        functionName: site.name,
        executionTimeMs: durationNs / 1e6,
        memoryBytes,
        cpuPercent,
        timestamp: isoTime(at),
        argsHash,
        success: ok,
        errorMessage: error,
        pid: head.pid,
        thread: head.thread,
        host: head.host,
      })}\n`;
    })
    .join('');
}
