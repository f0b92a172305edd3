/**
 * How a process tells that it ends.
 *
 * No signal is listened to. A listener would take the place of what the signal does by itself: a program that hangs in a
 * loop could not be interrupted any more, `process.kill(process.pid, …)` would return, and packages that count listeners
 * to decide who ends the program would decide otherwise. Where the program listens itself, it ends by `process.exit` or
 * by taking its listener away and sending the signal again, and both are seen here. Otherwise a signal is what SIGKILL
 * is: the last interval is lost. `TKA_PERF_SIGNALS=flush` listens all the same.
 */
import { soon } from '../platform/timers.ts';
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

/**
 * By it runtimes of one process know each other's listeners: realms of `vm`, as Vitest's, have one each, and each would put its
 * own behind the other's, without end.
 */
const OURS: unique symbol = Symbol.for('tka-perf.exit') as never;

/** What of the process Node's types do not know. */
interface EndingProcess {
  readonly _exiting?: boolean;
  reallyExit?(code: unknown): never;
}

/**
 * Whether listeners are told already that the process or worker thread ends: who begins to listen now is not.
 * @returns `undefined` where the platform does not say
 */
export function isExiting(): boolean | undefined {
  return (nodeProcess as EndingProcess | undefined)?._exiting; // oxlint-disable-line no-underscore-dangle -- Node's own name
}

/** In this turn of the event loop a listener to a signal was taken away: one that listens once is, before it is called. */
let isTaken = false;

/** Listens to the end of the process or worker thread. */
export function onEnd(listener: EndListener): void {
  const { flush, end, uncaught } = listener;
  // Node's types do not know that a process tells of listeners that are taken away.
  const emitter = nodeProcess as NodeJS.EventEmitter | undefined;
  const atExit = (exitCode: unknown): void =>
    guarded(() => {
      // Told by hand, as test harnesses do: it goes on.
      if (isExiting() === false) return flush();
      // What it is called with is the code before the listeners, each of which may set another.
      const code = Number(nodeProcess?.exitCode ?? exitCode) || 0;
      const all = emitter?.listeners('exit') ?? [];
      const isLast = all[all.length - 1] === atExit;
      watchExit();
      end({ reason: 'exit', ...(isLast ? { exitCode: code } : {}) });
    });
  // An error or `process.exit` in one of the program's listeners ends it without those that come behind.
  const beforeOthers = (): void =>
    guarded(() => {
      if (isExiting() === false) return;
      watchExit();
      end({ reason: 'exit' });
    });
  let isWatched = false;
  /** The last that `process.exit` does, also where a listener calls it. Nothing comes by here where the program just ends. */
  const watchExit = (): void => {
    const process = nodeProcess as EndingProcess | undefined;
    const exit = process?.reallyExit;
    if (isWatched || !process || typeof exit !== 'function') return;
    isWatched = true;
    process.reallyExit = function reallyExit(code) {
      guarded(() => end({ reason: 'exit', exitCode: Number(code) || 0 }));
      return exit.call(this, code);
    };
  };
  atExit[OURS] = beforeOthers[OURS] = true;
  let isMoving = false;
  const move = (): void => {
    isMoving = true;
    emitter?.off('exit', beforeOthers).prependListener('exit', beforeOthers);
    emitter?.off('exit', atExit).on('exit', atExit);
    isMoving = false;
  };
  const listeners: [event: string, heard: (about: unknown, which: unknown) => void, isFirst?: true][] = [
    ['exit', atExit],
    [
      'newListener',
      // Behind the program's own listeners: what they call is measured too.
      (event, added) => {
        if (event === 'exit' && !(added as { [OURS]?: true })[OURS]) soon(move);
      },
    ],
    ['beforeExit', () => flush()],
    ['uncaughtExceptionMonitor', (error) => guarded(() => uncaught(error))],
    [
      'removeListener',
      (event, removed) =>
        guarded(() => {
          const isOurs = listeners.some(([, heard]) => heard === removed);
          if (isMoving || !(isOurs || SIGNALS.includes(event as 'SIGINT'))) return;
          // The program may end in this turn.
          flush();
          isTaken = true;
          soon(() => {
            isTaken = false;
            listen();
          });
        }),
    ],
  ];
  if (env('TKA_PERF_SIGNALS') === 'flush' && builtin('node:worker_threads')?.isMainThread)
    // Before the program does: whoever listens once is not there any more when he is called.
    SIGNALS.forEach((signal) => listeners.push([signal, flushOn(signal, listener), true]));
  /** Those that are not there: at first, and where the program has taken them away. Not at once: it may do so until none is left. */
  const listen = (): void => {
    listeners.forEach(([event, heard, isFirst]) => {
      if (!emitter?.listeners(event).includes(heard))
        emitter?.[isFirst ? 'prependListener' : 'on'](event, heard);
    });
    if ((emitter?.listenerCount('exit') ?? 0) > 1) move();
  };
  // Ours are not to be the ones for which Node warns of a leak.
  const most = emitter?.getMaxListeners() ?? 0;
  if (most > 0) emitter?.setMaxListeners(most + 2);
  listen();
  if (isExiting()) watchExit();
}

/** Writes and lets the signal do what it does: unless somebody else listens, it is sent again without us. */
function flushOn(signal: (typeof SIGNALS)[number], { flush, end }: EndListener): () => void {
  const own = (): void => {
    if (isTaken || nodeProcess?.listenerCount(signal) !== 1) return flush();
    end({ reason: 'signal', detail: signal });
    nodeProcess.off(signal, own);
    nodeProcess.kill(nodeProcess.pid, signal);
  };
  return own;
}
