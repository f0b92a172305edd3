// Usage: npm run conformance -- <test262 checkout> [--filter TEXT] [--printer NAME] [--workers N] [--failures FILE]
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listTests } from './test262.ts';
import type { Outcome } from './worker.ts';

const { values, positionals } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    printer: { type: 'string', default: '' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    failures: { type: 'string' },
  },
  allowPositionals: true,
});
const [checkout] = positionals;
if (!checkout || !existsSync(join(checkout, 'harness/assert.js'))) {
  console.error(
    'usage: npm run conformance -- <a checkout of test262> [--filter TEXT] [--printer text|babel|typescript]',
  );
  process.exit(2);
}

if (!existsSync(fileURLToPath(new URL('../../dist/runtime/index.js', import.meta.url)))) {
  console.error('the workers load the runtime as it is built: npm run build');
  process.exit(2);
}

/** A test that does not answer in this time is counted as failed; the worker is replaced. */
const PATIENCE_MS = 20_000;
const RESULTS = ['passed', 'failed', 'same', 'not plain', 'not printed'] as const;

const queue = listTests(checkout, values.filter);
const total = queue.length;
const counts = new Map<string, Record<string, number>>();
const failures: string[] = [];
let done = 0;

function note(path: string, outcomes: readonly Outcome[]): void {
  done++;
  if (process.stderr.isTTY || done % 2000 === 0)
    process.stderr.write(
      `${process.stderr.isTTY ? '\r' : ''}${done} of ${total} tests${process.stderr.isTTY ? '' : '\n'}`,
    );
  for (const { printer, result, mode, detail } of outcomes) {
    const row = counts.get(printer) ?? Object.fromEntries(RESULTS.map((name) => [name, 0]));
    row[result] = (row[result] ?? 0) + 1;
    counts.set(printer, row);
    if (result === 'failed') failures.push(`${printer} ${mode} ${path}: ${detail}`);
  }
}

function startWorker(): ChildProcess {
  const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
  return fork(file, [checkout ?? '', values.printer], {
    execArgv: ['--import', 'tsx', '--experimental-vm-modules', '--no-warnings'],
    env: { ...process.env, TKA_PERF_DIR: '/dev/null/none' },
  });
}

interface Answer {
  readonly outcomes: readonly Outcome[];
  /** The worker did not answer, or ended: the next test needs another one. */
  readonly isBroken: boolean;
}

function ask(worker: ChildProcess, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    let runs = '';
    const failed = (detail: string): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      worker.kill('SIGKILL');
      // Some tests end the process of an older Node by themselves.
      const result = runs === 'plain' ? 'not plain' : 'failed';
      const printer = values.printer || 'all';
      resolve({ outcomes: [{ printer, mode: '', result, detail }], isBroken: true });
    };
    const timer = setTimeout(() => failed('no answer'), PATIENCE_MS);
    worker.once('exit', () => failed('the process ended'));
    worker.on('message', (message: { readonly runs?: string; readonly outcomes?: readonly Outcome[] }) => {
      runs = message.runs ?? runs;
      if (!message.outcomes) return;
      clearTimeout(timer);
      worker.removeAllListeners();
      resolve({ outcomes: message.outcomes, isBroken: false });
    });
    worker.send(path);
  });
}

async function work(): Promise<void> {
  let worker = startWorker();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    let answer = await ask(worker, path);
    if (answer.isBroken) {
      // Once more where no earlier test has left anything.
      worker = startWorker();
      answer = await ask(worker, path);
      if (answer.isBroken) worker = startWorker();
    }
    note(path, answer.outcomes);
  }
  worker.kill();
}

await Promise.all(Array.from({ length: Number(values.workers) }, work));
console.log(`\nNode ${process.version}, ${total} tests`);
console.log(
  'passed: instrumented as plain · same: nothing to instrument · not plain: fails without us · not printed: the host refuses it',
);
console.table(Object.fromEntries(counts));
for (const failure of failures.slice(0, 40)) console.log(failure);
if (values.failures) writeFileSync(values.failures, `${failures.join('\n')}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
