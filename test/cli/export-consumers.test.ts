/** Exports, opened by the programs that they are made for. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withBrowser } from '../support/browser.ts';
import { hasTools } from '../support/tools.ts';
import { HOSTILE, shopJournal } from './shop.ts';
import { runCli, temporaryFolder, writeTree } from './support.ts';

const require = createRequire(import.meta.url);
const exported = (format: string, dir: string): string =>
  runCli(['export', '--format', format, '--dir', dir]).stdout;

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

describe.skipIf(!hasTools('promtool', 'prometheus'))('Prometheus', () => {
  test('promtool finds nothing to say', () => {
    const input = exported('prometheus', shopJournal());
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('scrapes every function, whatever its name', async () => {
    const dir = shopJournal();
    const text = exported('prometheus', dir);
    const exporter = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/plain; version=0.0.4');
      response.end(text);
    });
    const [exporterPort, port] = [await listen(exporter), await freePort()];
    const folder = temporaryFolder();
    writeTree(folder, {
      'prometheus.yml': `global: { scrape_interval: 1s }\nscrape_configs:\n  - { job_name: tka-perf, static_configs: [{ targets: ['127.0.0.1:${exporterPort}'] }] }\n`,
    });
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = once(prometheus, 'exit');
    const query = async (expression: string): Promise<Sample[]> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
      // Not there yet, or there and not ready: then it answers with a text.
      const answer = await fetch(url)
        .then((response) => response.json() as Promise<{ data?: { result: Sample[] } }>)
        .catch(() => undefined);
      return answer?.data?.result ?? [];
    };
    try {
      while ((await query('tka_perf_calls_total')).length === 0 && prometheus.exitCode === null)
        await sleep(200);
      const calls = await query('tka_perf_calls_total or tka_perf_above_threshold_calls');
      expect(calls).toHaveLength(3 + HOSTILE.length);
      const of = (name: string): Sample | undefined =>
        calls.find(({ metric }) => metric['function'] === name);
      expect(of('src/cart.Cart.total')?.value[1]).toBe('8');
      expect(of('quote " comma , end')?.value[1]).toBe('2');
      expect(of(String.raw`two\x0alines`)?.value[1]).toBe('2');
      const places =
        'tka_perf_errors_total * on (function) group_left (file, line) tka_perf_function_info > 0';
      expect(
        (await query(places)).find(({ metric }) => metric['file'] === 'src/shop.ts')?.metric['line'],
      ).toBe('7');
      // Its bound 2^22 ns lies behind all of the histogram's values, 2^20 ns before.
      const bucket = async (le: string): Promise<string | undefined> =>
        (await query(`tka_perf_call_duration_seconds_bucket{function="src/cart.Cart.total",le="${le}"}`))[0]
          ?.value[1];
      expect([await bucket('0.001048576'), await bucket('0.004194304'), await bucket('+Inf')]).toEqual([
        '0',
        '8',
        '8',
      ]);
      const quantile =
        'histogram_quantile(0.5, tka_perf_call_duration_seconds_bucket{function="src/cart.Cart.total"})';
      expect(Number((await query(quantile))[0]?.value[1])).toBeGreaterThan(0);
    } finally {
      prometheus.kill();
      await ended;
      exporter.close();
    }
  });
});

describe.skipIf(!hasTools('chromium'))('speedscope', () => {
  const release = join(dirname(require.resolve('speedscope/package.json')), 'dist/release');

  test.each([
    ['speedscope', 'run run-a'],
    ['chrome-trace', 'run.json'],
  ])('imports %s', async (format, title) => {
    const text = exported(format, shopJournal());
    const server = createServer(({ url = '' }, response) => {
      const { pathname } = new URL(url, 'http://127.0.0.1');
      if (pathname === '/run.json') return void response.end(text);
      // Its scripts are modules: they have to be named as such.
      if (pathname.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript');
      if (pathname.endsWith('.html')) response.setHeader('Content-Type', 'text/html');
      createReadStream(join(release, pathname))
        .on('error', () => response.end())
        .pipe(response);
    });
    const origin = `http://127.0.0.1:${await listen(server)}`;
    await withBrowser({}, async (browser) => {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on('pageerror', ({ message }) => errors.push(message));
      tab.on('dialog', (dialog) => {
        errors.push(dialog.message());
        void dialog.dismiss();
      });
      await tab.goto(`${origin}/index.html#profileURL=${encodeURIComponent(`${origin}/run.json`)}`);
      await tab.waitForFunction(`document.title !== 'speedscope'`);
      expect(await tab.title()).toContain(title);
      expect(errors).toEqual([]);
    });
    server.closeAllConnections();
    server.close();
  });
});
