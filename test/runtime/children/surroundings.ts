/** A program in surroundings that turn against it; the way is the first argument. It tells what it notices itself. */
import cluster from 'node:cluster';
import { once as awaitOnce } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, Worker } from 'node:worker_threads';
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import { epochNow, now, setClock } from '../../../runtime/platform/clock.ts';
import { measured, sitesOf } from './instrumented.ts';

const way = process.argv[2] ?? '';
const dir = process.env['TKA_PERF_DIR'] ?? '';
const monitor = getPerformanceMonitor();
const [site] = sitesOf('src/s.ts', [['src/s.work', 'function', 1, 0]]);

function work(calls: number): void {
  for (let i = 0; i < calls; i++) measured(site, () => i);
}

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Says that a signal may come, and lives. */
function live(): void {
  tell('ready');
  setInterval(() => undefined, 1000);
}

/** Ends as servers do: what is open is finished first. */
function close(who: string): void {
  tell(`${who} closes`);
  work(7);
  setTimeout(() => {
    tell(`${who} has closed`);
    process.exit(5);
  }, 50);
}

function once(who: string): void {
  SIGNALS.forEach((signal) => process.once(signal, () => close(who)));
}

const FLUSHES_MS = 120;
if (isMainThread) monitor.configure({ flushIntervalMs: 20 });

switch (way) {
  case 'works':
    for (let i = 0; i < 10; i++) {
      work(1000);
      await sleep(30);
    }
    tell(process.env['TKA_PERF'] === 'off' ? {} : monitor.diagnostics);
    break;
  case 'epoch-leaps': {
    let leapMs = 0;
    setClock(now, () => Date.now() + leapMs);
    work(1000);
    await sleep(FLUSHES_MS);
    leapMs = 30 * 3_600_000;
    await sleep(FLUSHES_MS);
    work(500);
    tell(monitor.getFunctionStats('src/s.work')?.last24hCalls);
    break;
  }
  case 'works-into-the-next-minute': {
    const [beganMs, beganAt] = [now(), epochNow()];
    let leapMs = 0;
    const passedMs = (): number => performance.now() + leapMs;
    const firstMs = passedMs();
    setClock(
      () => beganMs + passedMs() - firstMs,
      () => beganAt + passedMs() - firstMs,
    );
    work(1000);
    await sleep(FLUSHES_MS);
    leapMs = 60_000;
    work(1000);
    await sleep(FLUSHES_MS);
    work(1000);
    await sleep(FLUSHES_MS);
    tell(monitor.diagnostics);
    break;
  }
  case 'directory-vanishes':
    work(1000);
    await sleep(FLUSHES_MS);
    rmSync(dir, { recursive: true });
    work(1000);
    await sleep(FLUSHES_MS);
    work(1000);
    break;
  case 'directory-becomes-a-link':
    work(1000);
    await sleep(FLUSHES_MS);
    renameSync(dir, `${dir}-moved`);
    mkdirSync(`${dir}-elsewhere/r`, { recursive: true });
    symlinkSync(`${dir}-elsewhere`, dir);
    monitor.reset(); // asks for a new segment
    work(1000);
    await sleep(FLUSHES_MS);
    break;
  case 'no-more-files': {
    const opened: number[] = [];
    try {
      for (;;) opened.push(openSync('/dev/null', 'r'));
    } catch {
      // EMFILE
    }
    work(1000);
    monitor.flush();
    await sleep(FLUSHES_MS);
    work(1000);
    for (const descriptor of opened) closeSync(descriptor);
    await sleep(FLUSHES_MS);
    break;
  }
  case 'worker-is-terminated': {
    if (!isMainThread) {
      monitor.configure({ flushIntervalMs: 20 });
      for (;;) {
        work(1000);
        await sleep(1);
      }
    }
    work(1);
    const worker = new Worker(new URL(import.meta.url), { argv: [way] });
    // Until it has written, however slow the machine is.
    const hasWritten = (): boolean =>
      existsSync(`${dir}/r`) && readdirSync(`${dir}/r`).some((name) => !/^\d+-0\./.test(name));
    while (!hasWritten()) await sleep(20);
    await sleep(FLUSHES_MS);
    await worker.terminate();
    break;
  }
  case 'cluster':
    if (cluster.isPrimary) {
      for (let i = 0; i < 3; i++) cluster.fork();
      work(10);
    } else {
      work(1000);
      process.disconnect?.();
    }
    break;
  case 'handles-signals':
  case 'sends-signals-again':
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const handler = (): void => {
        work(7);
        if (way === 'handles-signals') process.exit(5);
        process.off(signal, handler);
        process.kill(process.pid, signal);
      };
      process.on(signal, handler);
    }
    work(1000);
    tell('ready');
    setInterval(() => undefined, 1000);
    break;
  case 'listens-once-before':
    once('before');
    work(1000);
    live();
    break;
  case 'listens-once-after':
    work(1000);
    once('after');
    live();
    break;
  case 'listens-once-and-first':
    work(1000);
    SIGNALS.forEach((signal) => process.prependOnceListener(signal, () => close('first')));
    live();
    break;
  case 'listens-several-times':
    once('before');
    SIGNALS.forEach((signal) => process.on(signal, () => tell('always')));
    work(1000);
    once('after');
    live();
    break;
  case 'awaits-a-signal': {
    const signals = SIGNALS.map((signal) => awaitOnce(process, signal));
    work(1000);
    live();
    await Promise.race(signals);
    close('awaited');
    break;
  }
  case 'leaves-the-second-signal':
    // The second one ends it, as nobody listens any more.
    SIGNALS.forEach((signal) =>
      process.once(signal, () => setTimeout(() => process.kill(process.pid, signal), 20)),
    );
    work(1000);
    live();
    break;
  case 'listens-no-more':
    once('before');
    work(1000);
    SIGNALS.forEach((signal) => process.removeAllListeners(signal));
    await sleep(FLUSHES_MS);
    work(7);
    live();
    break;
  case 'waits':
    work(1000);
    tell(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal)));
    setInterval(() => undefined, 1000);
    break;
  case 'hangs':
    work(1000);
    await sleep(FLUSHES_MS);
    tell('ready');
    for (;;);
  case 'kills-itself':
    work(1000);
    process.kill(process.pid, 'SIGTERM');
    tell('not reached');
    break;
  case 'removes-listeners-to-exit':
  case 'removes-all-listeners':
    work(1000);
    if (way === 'removes-all-listeners') process.removeAllListeners();
    else process.removeAllListeners('exit');
    await sleep(FLUSHES_MS);
    work(7);
    process.exit(3);
  case 'removes-listeners-one-by-one':
    work(1000);
    for (const event of ['exit', 'beforeExit', 'uncaughtExceptionMonitor'])
      for (let heard; (heard = process.listeners(event as 'exit')[0]);) process.off(event, heard);
    await sleep(FLUSHES_MS);
    work(7);
    throw new Error('as ever');
  case 'removes-listeners-and-exits':
    work(1000);
    process.removeAllListeners('exit');
    process.exit(3);
  case 'puts-listeners-back': {
    work(1000);
    const listeners = process.listeners('exit');
    process.removeAllListeners('exit');
    for (const listener of listeners) process.on('exit', listener);
    await sleep(FLUSHES_MS);
    tell(process.listenerCount('exit') - listeners.length);
    break;
  }
  case 'fails-in-an-exit-listener':
  case 'exits-in-an-exit-listener':
  case 'throws-in-an-exit-listener':
  case 'listens-as-it-exits':
    work(1000);
    process.on('exit', () => {
      work(500);
      if (way.startsWith('throws')) throw new Error('as ever');
      if (way.startsWith('exits')) process.exit(4);
      process.exitCode = 4;
    });
    if (way !== 'listens-as-it-exits') await undefined;
    process.exit();
  case 'calls-behind-all-listeners': {
    work(1000);
    const { emit } = process;
    process.emit = function behind(this: NodeJS.Process, ...args: unknown[]) {
      const isHeard = (emit as (...all: unknown[]) => boolean).apply(this, args);
      if (args[0] === 'exit') work(7);
      return isHeard;
    } as never;
    process.exit(3);
  }
  case 'tells-of-an-exit-by-hand':
    work(1000);
    process.on('exit', () => {});
    process.emit('exit', 0);
    await sleep(FLUSHES_MS);
    process.kill(process.pid, 'SIGKILL');
    break;
  case 'begins-in-an-exit-listener':
  case 'begins-as-it-exits':
    process.on('exit', () => work(500));
    if (way === 'begins-as-it-exits') process.exit(4);
}
