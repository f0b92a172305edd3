import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { systemCode, systemReason } from './text/errors.ts';

/** How a command ended: it could not be started, or by an exit code, or by a signal. */
export type Ending =
  | { readonly kind: 'not-started'; readonly code: number; readonly reason: string }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

/** What ends a program, or tells it something, unless it says otherwise; Windows knows the first three. */
const FORWARDED: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM', 'SIGHUP']
    : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM'];
/** Keys in a terminal send these to the child by themselves. */
const BY_KEYS: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/** Runs a command on our own stdin, stdout and stderr, and passes on the signals that we get meanwhile. */
export function runChild(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    const forward = (signal: NodeJS.Signals): void => {
      // A second one would make many programs quit at once.
      if (!BY_KEYS.has(signal) || !process.stdin.isTTY) child.kill(signal);
    };
    const end = (ending: Ending): void => {
      for (const signal of FORWARDED) process.off(signal, forward);
      resolve(ending);
    };
    const fail = (error: unknown): void => {
      const reason = systemReason(error);
      if (reason === undefined) return reject(error);
      // As shells, env and timeout have it: 127 not found, 126 found and not executable.
      if (systemCode(error) !== 'ENOENT') return end({ kind: 'not-started', code: 126, reason });
      end({ kind: 'not-started', code: 127, reason: 'no such command' });
    };
    try {
      child = spawn(file, args, { stdio: 'inherit', env });
    } catch (error) {
      return fail(error);
    }
    for (const signal of FORWARDED) process.on(signal, forward);
    child.once('error', fail);
    child.once('close', (code, signal) => {
      end(signal === null ? { kind: 'exit', code: code ?? 1 } : { kind: 'signal', signal });
    });
  });
}

/** Ends this process as the command ended: with its exit code, or by the signal that ended it. */
export function endAs(ending: Ending): void {
  if (ending.kind !== 'signal') {
    process.exitCode = ending.code;
    return;
  }
  // What a shell would report, should the signal not end us (SIGSTOP-like, or ignored by our parent's will).
  process.exitCode = 128 + constants.signals[ending.signal];
  process.kill(process.pid, ending.signal);
}
