/**
 * What it costs to know when the promises settle that plain functions return: CPU time of the whole process for each call, as
 * most of it is spent in later turns. Each contender has processes of its own: what watches one promise is told of all.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { instrument } from '../transformer/index.ts';
import { median } from './harness.ts';

type Call = (value: number) => Promise<number>;
interface Functions {
  readonly settled: Call;
  readonly pending: Call;
}

const CALLS = 200_000;
const ROUNDS = 5;
/** Calls in flight at a time. */
const AT_ONCE = [1, 10, 100] as const;

/** One returns a promise that has settled, like a cache; the other one that settles in a later turn, like a read. */
const source = `
// @monitor
function settled(value) { return Promise.resolve(value); }
// @monitor
function pending(value) { return new Promise((resolve) => setImmediate(resolve, value)); }
return { settled, pending };`;

const sink = { ms: 0, calls: 0, failed: 0 };

/** What an engineer writes: it marks the promise as handled. */
function byHand(call: Call): Call {
  return (value) => {
    const beginMs = performance.now();
    const promise = call(value);
    const end = (): void => {
      sink.ms += performance.now() - beginMs;
      sink.calls++;
    };
    promise.then(end, () => {
      sink.failed++;
      end();
    });
    return promise;
  };
}

const plain = new Function(source) as () => Functions;

const CONTENDERS: Readonly<Record<string, () => Functions | Promise<Functions>>> = {
  plain,
  'by hand': () => {
    const { settled, pending } = plain();
    return { settled: byHand(settled), pending: byHand(pending) };
  },
  'tka-perf, 1 % budget': async () => {
    const built = join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js');
    await import(
      existsSync(built) ? pathToFileURL(built).href : new URL('../runtime/index.js', import.meta.url).href
    );
    const { code = '' } = instrument(source, { file: 'bench/promise.cjs' }) ?? {};
    return new Function('require', code)(() => {}) as Functions;
  },
};

interface Cost {
  readonly contender: string;
  readonly kind: keyof Functions;
  readonly atOnce: number;
  readonly us: number;
}

async function measure(call: Call, atOnce: number): Promise<number> {
  const run = async (calls: number): Promise<void> => {
    for (let i = 0; i < calls; i += atOnce) {
      const flights: Promise<number>[] = [];
      for (let k = 0; k < atOnce; k++) flights.push(call(k));
      await Promise.all(flights);
      await turn();
    }
  };
  await run(CALLS / 10);
  const before = process.cpuUsage();
  await run(CALLS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

async function raceAlone(contender: string, kind: keyof Functions, atOnce: number): Promise<void> {
  const functions = await CONTENDERS[contender]?.();
  if (functions) process.stdout.write(String(await measure(functions[kind], atOnce)));
}

function costOf(contender: string, kind: keyof Functions, atOnce: number): number {
  const args = [fileURLToPath(import.meta.url), '--alone', contender, kind, String(atOnce)];
  return Number(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
}

function race(): Cost[] {
  return (['settled', 'pending'] as const).flatMap((kind) =>
    AT_ONCE.flatMap((atOnce) => {
      const found: Record<string, number[]> = {};
      // By turns, so that a slow moment of the machine meets all.
      for (let round = 0; round < ROUNDS; round++)
        for (const contender of Object.keys(CONTENDERS))
          (found[contender] ??= []).push(costOf(contender, kind, atOnce));
      return Object.entries(found).map(([contender, costs]) => ({
        contender,
        kind,
        atOnce,
        us: median(costs),
      }));
    }),
  );
}

const [flag = '', contender = '', kind = '', atOnce = ''] = process.argv.slice(2);
if (flag === '--alone') await raceAlone(contender, kind as keyof Functions, Number(atOnce));
else {
  const costs = race();
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ case: 'promise', node: process.version, costs })}\n`);
  else print(costs);
}

function print(costs: readonly Cost[]): void {
  process.stdout.write(`a plain function that returns a promise, Node ${process.version}\n`);
  process.stdout.write(`${'CPU us a call'.padStart(55)} ${'- plain'.padStart(8)} ${'ratio'.padStart(7)}\n`);
  let plainUs = 0;
  for (const { contender: name, kind: which, atOnce: count, us } of costs) {
    if (name === 'plain') plainUs = us;
    const title = `${which}, ${count} at a time: ${name}`;
    const columns = [
      us.toFixed(2).padStart(10),
      (us - plainUs).toFixed(2).padStart(9),
      (us / plainUs).toFixed(2).padStart(8),
    ];
    process.stdout.write(`${title.padEnd(44)} ${columns.join('')}\n`);
  }
}
