/**
 * What a server pays: an HTTP server that checks orders by zod, asks something that answers in milliseconds, and computes
 * a price; every function of it and of zod instrumented. Closed loop: requests a second and CPU time a request, all
 * threads of the process together. Open loop, requests at even times whether or not the ones before are answered: how
 * long they took from when they were due, so that one late answer makes all behind it late too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { instrument } from '../transformer/index.ts';
import { median } from './harness.ts';

/** One way to run the server, and what was seen of it in each round. */
interface Row {
  readonly name: string;
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly perSecond: number[];
  readonly cpuUs: number[];
  readonly p50Ms: number[];
  readonly p99Ms: number[];
  readonly maxMs: number[];
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string' } } });
const ROUNDS = Number(values.rounds ?? 5);
const CONNECTIONS = 16;
const WARM_UP_MS = 3000;
const CLOSED_MS = 4000;
const OPEN_MS = 5000;
/** Requests a second in the open loop, far below what the server can do. */
const RATE = 400;

const SERVER = `import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const Item = z.object({ sku: z.string().min(3), quantity: z.number().int().positive(), cents: z.number().nonnegative() });
const Order = z.object({ id: z.string(), email: z.email(), note: z.string().optional(), items: z.array(Item).min(1) });
const discounts = new Map([['gold', 0.1], ['silver', 0.05]]);

class Prices {
  #tax = 0.19;
  of(items) {
    return items.reduce((sum, item) => sum + this.line(item), 0);
  }
  line({ cents, quantity }) {
    return Math.round(cents * quantity * (1 + this.#tax));
  }
}
const prices = new Prices();

async function customerOf(email) {
  await sleep(1 + (email.length % 3));
  return { email, level: email.length % 2 === 0 ? 'gold' : 'silver' };
}
async function bodyOf(stream) {
  let text = '';
  for await (const part of stream) text += part;
  return JSON.parse(text);
}
async function book(stream) {
  const order = Order.parse(await bodyOf(stream));
  const customer = await customerOf(order.email);
  const cents = prices.of(order.items) * (1 - (discounts.get(customer.level) ?? 0));
  return { id: order.id, cents: Math.round(cents), lines: order.items.map(({ sku, quantity }) => \`\${quantity} × \${sku}\`) };
}
const server = createServer(async (message, response) => {
  if (message.url === '/cpu') {
    const { user, system } = process.cpuUsage();
    response.end(String(user + system));
    return;
  }
  try {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await book(message)));
  } catch (error) {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: String(error) }));
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
process.on('disconnect', () => process.exit());
`;
const BODY = JSON.stringify({
  id: 'order 4711',
  email: 'someone@example.org',
  items: Array.from({ length: 12 }, (_, n) => ({ sku: `sku-${n}`, quantity: 1 + (n % 4), cents: 199 + n })),
});

const require = createRequire(import.meta.url);
const folder = join(dirname(fileURLToPath(import.meta.url)), '../server');
rmSync(folder, { recursive: true, force: true });
let functions = 0;
for (const kind of ['plain', 'instrumented']) {
  const root = join(folder, kind);
  const zod = join(root, 'node_modules/zod');
  const installed = join(root, 'node_modules/tka-perf');
  mkdirSync(installed, { recursive: true });
  cpSync(dirname(require.resolve('zod/package.json')), zod, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(root, 'server.js'), SERVER);
  writeFileSync(join(installed, 'package.json'), '{ "type": "module", "exports": "./index.js" }\n');
  const runtime = pathToFileURL(join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js')).href;
  writeFileSync(join(installed, 'index.js'), `export * from ${JSON.stringify(runtime)};\n`);
  if (kind === 'plain') continue;
  const files = readdirSync(zod, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  for (const file of ['server.js', ...files.map((name) => join('node_modules/zod', name))]) {
    const path = join(root, file);
    const result = instrument(readFileSync(path, 'utf8'), {
      file: path,
      root,
      functions: 'all',
      exclude: [],
    });
    if (result) writeFileSync(path, result.code);
    functions += result?.sites.length ?? 0;
  }
}

const row = (name: string, kind: string, env: Row['env'] = {}, args: readonly string[] = []): Row => ({
  name,
  folder: join(folder, kind),
  args,
  env: { TKA_PERF_DIR: join(folder, 'journal'), ...env },
  perSecond: [],
  cpuUs: [],
  p50Ms: [],
  p99Ms: [],
  maxMs: [],
});
const rows: readonly Row[] = [
  row('plain', 'plain'),
  row('tka-perf, 1 % budget', 'instrumented'),
  row('tka-perf, TKA_PERF=off', 'instrumented', { TKA_PERF: 'off' }),
  row('node --cpu-prof', 'plain', {}, ['--cpu-prof', `--cpu-prof-dir=${join(folder, 'profile')}`]),
];

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** What the server answers. */
function ask(port: number, method: 'GET' | 'POST', path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`)),
      );
    });
    asked.once('error', reject);
    asked.end(method === 'POST' ? BODY : undefined);
  });
}

/** Each connection asks again when it is answered. Returns the number of answers. */
async function askInTurns(port: number, durationMs: number): Promise<number> {
  const end = performance.now() + durationMs;
  let answers = 0;
  const connection = async (): Promise<void> => {
    for (; performance.now() < end; answers++) await ask(port, 'POST', '/');
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return answers;
}

/** Requests at even times. Returns the milliseconds from when each was due until its answer, the least first. */
async function askEvenly(port: number, durationMs: number): Promise<number[]> {
  const beginMs = performance.now();
  const answers: Promise<number>[] = [];
  for (let n = 0; n < (durationMs * RATE) / 1000; n++) {
    const dueMs = beginMs + (n * 1000) / RATE;
    const leftMs = dueMs - performance.now();
    if (leftMs > 0) await sleep(leftMs);
    answers.push(ask(port, 'POST', '/').then(() => performance.now() - dueMs));
  }
  return (await Promise.all(answers)).toSorted((a, b) => a - b);
}

async function measure({ folder: cwd, args, env, ...seen }: Row): Promise<void> {
  const server: ChildProcess = spawn(process.execPath, [...args, 'server.js'], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.stdout?.once('data', (text: Buffer) => resolve(Number(text)));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  await askInTurns(port, WARM_UP_MS);
  const cpuBefore = Number(await ask(port, 'GET', '/cpu'));
  const answers = await askInTurns(port, CLOSED_MS);
  seen.cpuUs.push((Number(await ask(port, 'GET', '/cpu')) - cpuBefore) / answers);
  seen.perSecond.push((answers * 1000) / CLOSED_MS);
  const latencies = await askEvenly(port, OPEN_MS);
  const quantile = (q: number): number => latencies[Math.ceil(q * latencies.length) - 1] ?? Number.NaN;
  seen.p50Ms.push(quantile(0.5));
  seen.p99Ms.push(quantile(0.99));
  seen.maxMs.push(quantile(1));
  const ended = new Promise((resolve) => server.removeAllListeners('exit').once('exit', resolve));
  server.disconnect();
  await ended;
}

for (let round = 0; round < ROUNDS; round++) for (const each of rows) await measure(each);
agent.destroy();
const results = rows.map(({ name, perSecond, cpuUs, p50Ms, p99Ms, maxMs }) => ({
  name,
  requestsPerSecond: median(perSecond),
  cpuUs: median(cpuUs),
  p50Ms: median(p50Ms),
  p99Ms: median(p99Ms),
  maxMs: median(maxMs),
}));
if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ case: 'server', node: process.version, functions, rows: results })}\n`,
  );
} else {
  const [floor] = results;
  process.stdout.write(
    `${functions} functions of an HTTP server and of zod instrumented, Node ${process.version}, medians of ${ROUNDS} rounds\n`,
  );
  process.stdout.write(
    `${''.padEnd(24)} requests/s   ratio  CPU us/request   ratio   p50 ms   p99 ms   max ms (${RATE}/s)\n`,
  );
  for (const { name, requestsPerSecond, cpuUs, p50Ms, p99Ms, maxMs } of results) {
    const ratio = (value: number, of: number | undefined): string =>
      (value / (of ?? 1)).toFixed(2).padStart(7);
    const ms = (value: number): string => value.toFixed(2).padStart(8);
    process.stdout.write(
      `${name.padEnd(24)} ${requestsPerSecond.toFixed(0).padStart(10)} ${ratio(requestsPerSecond, floor?.requestsPerSecond)} ${cpuUs.toFixed(0).padStart(15)} ${ratio(cpuUs, floor?.cpuUs)} ${ms(p50Ms)} ${ms(p99Ms)} ${ms(maxMs)}\n`,
    );
  }
}
