/**
 * How a process tells that it ends.
 *
 * No signal is listened to. A listener would take the place of what the signal does by itself: a program that hangs in a
 * loop could not be interrupted any more, `process.kill(process.pid, …)` would return, and packages that count listeners
 * to decide who ends the program would decide otherwise. Where the program listens itself, it ends by `process.exit` or
 * by taking its listener away and sending the signal again, and both are seen here. Otherwise a signal is what SIGKILL
 * is: the last interval is lost. `TKA_PERF_SIGNALS=flush` listens all the same.
 */
import { soon } from '../platform/clock.ts';
import { guarded } from '../platform/diagnostics.ts';
import type { Ending } from './flush.ts';
import { builtin, env, nodeProcess } from '../platform/platform.ts';

/** What is done then. */
export interface EndListener {
  flush(): void;
  end(how: Ending): void;
  /** An error that nobody caught; it ends the program unless that has a handler. */
  uncaught(error: unknown): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens to the end of the process or worker thread. */
export function onEnd(listener: EndListener): void {
  const { flush, end, uncaught } = listener;
  const atExit = (exitCode: unknown): void =>
    guarded(() => end({ reason: 'exit', exitCode: Number(exitCode) || 0 }));
  // Ours are not to be the ones for which Node warns of a leak.
  const most = nodeProcess?.getMaxListeners() ?? 0;
  if (most > 0) nodeProcess?.setMaxListeners(most + 1);
  nodeProcess?.on('exit', atExit);
  // Behind the program's own listeners: what they call is measured too.
  nodeProcess?.on('newListener', (event: string | symbol, added: unknown) => {
    if (event === 'exit' && added !== atExit) soon(() => nodeProcess?.off('exit', atExit).on('exit', atExit));
  });
  nodeProcess?.on('beforeExit', () => flush());
  nodeProcess?.on('uncaughtExceptionMonitor', (error) => guarded(() => uncaught(error)));
  // Not in Node's types: for every event.
  (nodeProcess as NodeJS.EventEmitter | undefined)?.on('removeListener', (event) => {
    guarded(() => {
      if (SIGNALS.some((signal) => signal === event)) flush();
    });
  });
  if (env('TKA_PERF_SIGNALS') === 'flush' && builtin('node:worker_threads')?.isMainThread)
    SIGNALS.forEach((signal) => flushOn(signal, listener));
}

/** Writes and lets the signal do what it does: unless somebody else listens, it is sent again without us. */
function flushOn(signal: (typeof SIGNALS)[number], { flush, end }: EndListener): void {
  const own = (): void => {
    if (nodeProcess?.listenerCount(signal) !== 1) return flush();
    end({ reason: 'signal', detail: signal });
    nodeProcess.off(signal, own);
    nodeProcess.kill(nodeProcess.pid, signal);
  };
  nodeProcess?.on(signal, own);
}
