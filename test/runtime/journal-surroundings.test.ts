/** Where the journal cannot be written, and however the process ends, the program does what it does without us. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import type { Profile } from '../../cli/profile/profile.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { bundleChild } from '../support/bundle.ts';

let child: ReturnType<typeof bundleChild>;
let home: string;
let dir: string;
beforeAll(() => {
  child = bundleChild(fileURLToPath(new URL('children/surroundings.ts', import.meta.url)));
});
afterAll(() => child.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-around-'));
  dir = join(home, '.tka-perf');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

type Env = Readonly<Record<string, string>>;

function environment(env: Env = {}): NodeJS.ProcessEnv {
  return { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_RUN: 'r', TKA_PERF_BUDGET: 'exact', ...env };
}

interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the child; `shell` is what comes before it, in a shell. */
function run(way: string, shell: string = '', env: Env = {}): Ending {
  const command = `${shell} exec ${process.execPath} ${child.path} ${way}`;
  const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', command], {
    env: environment(env),
    encoding: 'utf8',
    cwd: home,
  });
  return { status, signal, stdout, stderr };
}

function profile(root: string = dir): Profile {
  return readProfile(findRun(root, 'r'));
}

function callsIn(found: Profile = profile()): number | undefined {
  return found.functions.get('src/s.work')?.aggregate.calls;
}

/** Whether this user may mount file systems of his own. */
const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

test.each(['', '.bind(null)'])(
  'a Date.now in place of the engine’s, as frameworks have one, is never asked %s',
  (bind) => {
    const patch = `const own = Date.now;
let asked = 0;
Date.now = (() => (asked++, own() - 1e12))${bind};
process.on('exit', () => process.stderr.write('asked ' + asked));`;
    const beforeMs = Date.now();
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(patch)}`;
    expect(run('works', '', { NODE_OPTIONS, TKA_PERF_RUN: '' })).toMatchObject({
      status: 0,
      stderr: 'asked 0',
    });
    const found = readProfile(findRun(dir, undefined));
    expect(callsIn(found)).toBe(10_000);
    expect(found.lastAt).toBeGreaterThan(beforeMs - 60_000);
    expect(found.lastAt).toBeLessThan(Date.now() + 60_000);
  },
);

test('an epoch clock that is set forward by 30 hours: calls before that are not of the last 24', () => {
  expect(run('epoch-leaps')).toMatchObject({ status: 0, stdout: '500\n', stderr: '' });
});

describe('the disk', () => {
  test('a limit on the size of files: the program goes on, what failed is counted, the rest can be read', () => {
    const ended = run('works', 'ulimit -f 1;');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({ 'journal-EFBIG': expect.any(Number) });
    // Not even the head may fit; then there is nothing at all, or an empty run.
    const files = existsSync(join(dir, 'r')) ? readdirSync(join(dir, 'r')) : [];
    expect(files.length).toBeLessThanOrEqual(1);
  });

  test('that has room for the state and not for the recent calls: all is told but those', () => {
    expect(run('works', 'ulimit -f 16;')).toMatchObject({ status: 0, stderr: '' });
    const found = profile();
    expect(callsIn(found)).toBe(10_000);
    expect(found.writers.map(({ state }) => state)).toEqual(['ended']);
    expect(found.diagnostics.get('journal-EFBIG')).toBeGreaterThan(0);
  });

  test('that grows larger again: everything is there in the end', () => {
    const script = `${process.execPath} ${child.path} works & p=$!; prlimit --pid $p --fsize=3000:unlimited; sleep 0.15; prlimit --pid $p --fsize=unlimited:unlimited; wait $p`;
    const ended = spawnSync('bash', ['-c', script], { env: environment(), encoding: 'utf8' });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(callsIn()).toBe(10_000);
  });

  const mounted = (options: string): string =>
    `unshare -m bash -c 'mkdir -p ${dir} && mount -t tmpfs -o ${options} none ${dir} && "$@"' -- env`;

  test.skipIf(!canMount).each([
    ['full', 'size=4k', 'journal-ENOSPC'],
    ['read-only', 'ro', 'journal-EROFS'],
  ])('%s', (_, options, code) => {
    const command = `${mounted(options)} ${process.execPath} ${child.path} works`;
    const ended = spawnSync('bash', ['-c', command], { env: environment(), encoding: 'utf8' });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(Object.keys(JSON.parse(ended.stdout))).toContain(code);
  });

  // With a limit of 20 s of CPU time: Node's own way of making such a directory never ends.
  test.runIf(process.platform === 'linux').each(['works', 'works-into-the-next-minute'])(
    'a place where nothing can be made: a program that %s',
    (way) => {
      const ended = run(way, 'ulimit -t 20;', { TKA_PERF_DIR: '/proc/nowhere/deeper' });
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(ended.stdout)).toEqual({ 'journal-ENOENT': expect.any(Number) });
    },
  );

  test('a file stands there', () => {
    writeFileSync(join(home, 'file'), '');
    const ended = run('works', '', { TKA_PERF_DIR: join(home, 'file') });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({ 'journal-ENOTDIR': expect.any(Number) });
  });

  test('a directory whose parents are not there is made with them, for nobody else', () => {
    const deep = join(home, 'a/b/c');
    expect(run('works', '', { TKA_PERF_DIR: deep })).toMatchObject({ status: 0, stderr: '' });
    expect(callsIn(profile(deep))).toBe(10_000);
    expect(statSync(join(home, 'a')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(deep, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('the directory vanishes: it is made anew, and nothing measured is lost', () => {
    expect(run('directory-vanishes')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const found = profile();
    expect(callsIn(found)).toBe(3000);
    expect(found.diagnostics.get('journal-removed')).toBe(1);
  });

  test('the directory becomes a symbolic link: nothing is written where it leads', () => {
    expect(run('directory-becomes-a-link')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(home, '.tka-perf-elsewhere/r'))).toEqual([]);
    expect(callsIn(profile(join(home, '.tka-perf-moved')))).toBe(1000);
  });

  test('no more files can be opened: later everything is there', () => {
    expect(run('no-more-files', 'ulimit -n 40;')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const found = profile();
    expect(callsIn(found)).toBe(2000);
    expect(found.diagnostics.get('journal-EMFILE')).toBeGreaterThan(0);
  });
});

describe('the end', () => {
  test('of a worker that is terminated: the journal has it, and nobody waits for it', () => {
    expect(run('worker-is-terminated')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { writers, functions } = profile();
    expect(writers.map(({ head, state }) => [head.thread > 0, state])).toContainEqual([true, 'lost']);
    expect(functions.get('src/s.work')?.aggregate.calls).toBeGreaterThan(0);
  });

  test('of a cluster: each process is a writer of the same run', () => {
    expect(run('cluster')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const found = profile();
    expect(found.writers).toHaveLength(4);
    expect(callsIn(found)).toBe(3010);
  });

  test('what other listeners to the end call is measured too', () => {
    expect(run('fails-in-an-exit-listener')).toMatchObject({ status: 4, stdout: '', stderr: '' });
    const found = profile();
    expect(callsIn(found)).toBe(1500);
    expect(found.writers).toMatchObject([{ state: 'ended', exitCode: 4 }]);
  });

  test.each([
    ['exits-in-an-exit-listener', 1500, 'exit', 4],
    ['throws-in-an-exit-listener', 1500, 'error', undefined],
    ['listens-as-it-exits', 1500, 'exit', 4],
    ['begins-as-it-exits', 500, 'exit', 4],
    ['calls-behind-all-listeners', 1007, 'exit', 3],
  ])('nothing is lost of a program that %s', (way, calls, endReason, exitCode) => {
    const plain = run(way, '', { TKA_PERF: 'off' });
    expect(run(way)).toMatchObject({ status: plain.status, stdout: '' });
    const found = profile();
    expect(callsIn(found)).toBe(calls);
    expect(found.writers).toMatchObject([{ state: 'ended', endReason }]);
    expect(found.writers[0]?.exitCode).toBe(exitCode);
  });

  test('is not told of a program that tells-of-an-exit-by-hand, and goes on', () => {
    run('tells-of-an-exit-by-hand');
    const found = profile();
    expect(callsIn(found)).toBe(1000);
    expect(found.writers).toMatchObject([{ state: 'lost' }]);
  });

  test('of a program that begins-in-an-exit-listener, and then just ends: nearly all is there', () => {
    expect(run('begins-in-an-exit-listener')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const found = profile();
    expect(callsIn(found)).toBeGreaterThan(0);
    expect(found.writers).toMatchObject([{ state: 'ended', endReason: 'exit' }]);
  });

  test.each([
    ['removes-listeners-to-exit', 3, 'exit'],
    ['removes-all-listeners', 3, 'exit'],
    ['removes-listeners-one-by-one', 1, 'error'],
  ])('nothing is lost of a program that %s', (way, status, endReason) => {
    expect(run(way)).toMatchObject({ status });
    const found = profile();
    expect(callsIn(found)).toBe(1007);
    expect(found.writers).toMatchObject([{ state: 'ended', endReason }]);
  });

  test('nothing is lost of a program that removes-listeners-and-exits, but how it ended', () => {
    expect(run('removes-listeners-and-exits')).toMatchObject({ status: 3 });
    expect(callsIn()).toBe(1000);
  });

  test('a program that puts-listeners-back has as many as before', () => {
    expect(run('puts-listeners-back')).toMatchObject({ status: 0, stdout: '0\n' });
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  /** Starts the child and sends the signal when it has said something. */
  function signalled(way: string, env: Env = {}): Promise<Ending> {
    return new Promise((resolve, reject) => {
      const running = spawn(process.execPath, [child.path, way], { env: environment(env), cwd: home });
      let stdout = '';
      let stderr = '';
      running.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      running.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (stdout === '') running.kill(signal);
        stdout += text;
      });
      running.once('error', reject);
      running.once('close', (status, by) => resolve({ status, signal: by, stdout, stderr }));
    });
  }

  test.each(['handles-signals', 'sends-signals-again', 'waits', 'hangs'])(
    'ends a program that %s as it does without us',
    async (way) => {
      const plain = await signalled(way, { TKA_PERF: 'off' });
      expect(await signalled(way)).toEqual(plain);
      expect(plain.signal === signal || plain.status === 5).toBe(true);
    },
  );

  test.each(['handles-signals', 'sends-signals-again'])(
    'nothing is lost of a program that %s',
    async (way) => {
      await signalled(way);
      expect(callsIn()).toBe(1007);
    },
  );

  test.each([
    ['handles-signals', 1007],
    ['sends-signals-again', 1007],
    ['listens-once-before', 1007],
    ['listens-once-after', 1007],
    ['listens-once-and-first', 1007],
    ['listens-several-times', 1014],
    ['awaits-a-signal', 1007],
    ['leaves-the-second-signal', 1000],
    ['listens-no-more', 1007],
  ])(
    'where it may be listened to, a program that %s ends as without us, and nothing is lost',
    async (way, calls) => {
      const plain = await signalled(way, { TKA_PERF: 'off' });
      expect(plain.signal === signal || plain.status === 5).toBe(true);
      expect(await signalled(way, { TKA_PERF_SIGNALS: 'flush' })).toEqual(plain);
      expect(callsIn()).toBe(calls);
    },
  );

  test('nothing is lost of any program where it may be listened to', async () => {
    const ended = await signalled('waits', { TKA_PERF_SIGNALS: 'flush' });
    expect(ended).toMatchObject({ status: null, signal });
    const found = profile();
    expect(callsIn(found)).toBe(1000);
    expect(found.writers).toMatchObject([{ state: 'ended', endReason: 'signal', endDetail: signal }]);
  });
});

test('a signal that a program sends to itself ends it there', () => {
  expect(run('kills-itself')).toMatchObject({ signal: 'SIGTERM', stdout: '' });
});
