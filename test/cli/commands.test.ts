import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SiteAggregate } from '../../runtime/format/record.ts';
import {
  aggregate,
  CLI,
  DEAD_PID,
  isThere,
  runCli,
  START,
  startCli,
  temporaryFolder,
  writeJournal,
  writerRecords,
  writeTree,
} from './support.ts';

const journal = (): string =>
  writeJournal({
    'run-a': {
      '1-0.0.tkap': writerRecords([
        [
          'src/cart.total',
          (id) => aggregate(id, 4, 250, { errors: 1, rss: { n: 2, sumBytes: 2 * 1024 * 1024 } }),
        ],
      ]),
    },
  });

describe('export', () => {
  const seedKeys = {
    function_name: 'src/cart.total',
    call_count: 4,
    avg_execution_time: 0.25,
    min_execution_time: 0.25,
    max_execution_time: 0.25,
    avg_memory_usage: 1,
    success_rate: 0.75,
    last_24h_calls: expect.any(Number),
    performance_trend: 'stable',
  };

  test.each([[[]], [['-']], [['--format', 'json']]])('%j writes the seed’s document to stdout', (args) => {
    const { code, stdout, stderr } = runCli(['export', ...args, '--dir', journal()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document.total_metrics).toBe(4);
    expect(Number.isNaN(Date.parse(document.export_timestamp))).toBe(false);
    expect(document.aggregates['src/cart.total']).toMatchObject(seedKeys);
  });

  test('writes a file whole or not at all', () => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = runCli(['export', 'out.json', '--dir', journal()], { cwd });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: '✅ Metrics exported to out.json\n',
    });
    expect(
      JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8')).aggregates['src/cart.total'],
    ).toMatchObject(seedKeys);
    expect(readdirSync(cwd)).toEqual(['out.json']);
  });

  test.each([
    [
      ['out.xml'],
      '[tka-perf] the extension ".xml" is not known: JSON was written; --format chooses another format\n',
    ],
    [['out.xml', '--format', 'json'], ''],
    [['out'], ''],
    [['.out'], ''],
    [['v1.2/out'], ''],
    [['out.JSON'], ''],
  ])('%j: what is written is told where the extension does not say it', (args, told) => {
    const cwd = temporaryFolder();
    writeTree(cwd, { 'v1.2/.keep': '' });
    expect(runCli(['export', ...args, '--dir', journal()], { cwd })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `✅ Metrics exported to ${args[0]}\n${told}`,
    });
    expect(readFileSync(join(cwd, args[0] ?? ''), 'utf8')).toContain('"export_timestamp"');
  });

  test('keeps the mode of the file that it replaces, and writes through a link', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'real.json'), 'old');
    chmodSync(join(cwd, 'real.json'), 0o600);
    symlinkSync('real.json', join(cwd, 'link.json'));
    expect(runCli(['export', 'link.json', '--force', '--dir', journal()], { cwd }).code).toBe(0);
    expect(statSync(join(cwd, 'real.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, 'real.json'), 'utf8')).toContain('src/cart.total');
  });

  test('an unknown format lists the known ones, and writes nothing', () => {
    const cwd = temporaryFolder();
    expect(runCli(['export', 'out.xml', '--format', 'xml', '--dir', journal()], { cwd })).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        '[tka-perf] unknown format "xml"; known are: json, ndjson, csv, prometheus, otlp-json, chrome-trace, speedscope\n',
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each([
    ['nowhere/out.json', 'no such file or directory'],
    ['folder', 'it is a directory'],
    ['file/out.json', 'a part of the path is not a directory'],
  ])('%s cannot be written: one sentence', (file, reason) => {
    const cwd = temporaryFolder();
    writeTree(cwd, { file: '', 'folder/.keep': '' });
    expect(runCli(['export', file, '--dir', journal()], { cwd })).toMatchObject({
      code: 1,
      stderr: `[tka-perf] cannot write "${file}": ${reason}\n`,
    });
  });
});

describe('runs', () => {
  test('lists the runs, the latest first', () => {
    const dir = writeJournal({
      first: { 'a.tkap': writerRecords([['f', (id) => aggregate(id, 3, 1)]]) },
      second: {
        'a.tkap': writerRecords(
          [
            ['f', (id) => aggregate(id, 1_000, 1)],
            ['g', (id) => aggregate(id, 1, 1)],
          ],
          {
            startedAt: START + 60_000,
            command: ['server.js', '--port', '80'],
          },
        ),
        'b.tkap': writerRecords([['f', (id) => aggregate(id, 1, 1)]], {
          startedAt: START + 61_000,
          thread: 1,
        }),
      },
      damaged: { 'a.tkap': 'garbage\n' },
    });
    const { code, stdout, stderr } = runCli(['runs', '--dir', dir]);
    expect(code).toBe(0);
    expect(stderr).toBe(`[tka-perf] ${join(dir, 'damaged/a.tkap')} not read: it is no journal of tka-perf\n`);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((text) => text.split(/ {2,}/));
    const column = (title: string): (string | undefined)[] => {
      const place = lines[0]?.indexOf(title) ?? -1;
      return lines.slice(1).map((cells) => cells[place]);
    };
    expect(column('run')).toEqual(['second', 'first', 'damaged']);
    expect(column('started')).toEqual(['2026-11-23 12:01:00', '2026-11-23 12:00:00', '–']);
    expect(column('calls')).toEqual(['1,002', '3', '0']);
    expect(column('size').at(-1)).toBe('8 B');
    expect(column('ended').slice(0, 2)).toEqual(['exit 0', 'exit 0']);
    expect(lines[0]).toContain('age');
    expect(lines[1]?.at(-1)).toContain('80');
    const [second] = JSON.parse(runCli(['runs', '--json', '--dir', dir]).stdout);
    expect(second).toMatchObject({
      id: 'second',
      processes: 1,
      threads: 2,
      calls: 1_002,
      command: ['server.js', '--port', '80'],
    });
  });

  test('none: the same sentence as for a report', () => {
    const dir = temporaryFolder();
    expect(runCli(['runs', '--dir', dir])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no journal in ${dir};`),
    });
  });

  test.each([['runs'], ['report'], ['export', 'out.json'], ['clean']])(
    'none, since the directory is a link: tells so (%s)',
    (...command) => {
      const home = temporaryFolder();
      const [dir, cwd] = [join(home, 'linked'), temporaryFolder()];
      symlinkSync(temporaryFolder(), dir);
      expect(runCli([...command, '--dir', dir], { cwd })).toMatchObject({
        code: 1,
        stderr: `[tka-perf] no journal in ${dir}: it is a symbolic link, and tka-perf does not write there; name the directory itself with --dir or TKA_PERF_DIR\n`,
      });
    },
  );
});

test.each([['runs'], ['report'], ['report', '--all'], ['export', 'out.json'], ['clean']])(
  'a journal directory that is a file, or would be in one, is told as such (%j)',
  (...command) => {
    const cwd = temporaryFolder();
    const file = join(cwd, 'journal');
    writeFileSync(file, '');
    const hint = 'is a file and not a directory; name the directory with --dir or TKA_PERF_DIR';
    expect(runCli([...command, '--dir', file], { cwd })).toMatchObject({
      code: 1,
      stderr: `[tka-perf] no journal in ${file}: it ${hint}\n`,
    });
    expect(runCli(command, { cwd, env: { TKA_PERF_DIR: join(file, 'deep', 'er') } })).toMatchObject({
      code: 1,
      stderr: `[tka-perf] no journal in ${join(file, 'deep', 'er')}: ${file} ${hint}\n`,
    });
  },
);

describe('run', () => {
  const node = (script: string): string[] => ['--', process.execPath, '-e', script];

  test('gives the command a run of its own, and a directory', () => {
    const dir = join(temporaryFolder(), 'journal');
    const { code, stdout } = runCli([
      'run',
      '--dir',
      dir,
      ...node('console.log(process.env.TKA_PERF_RUN, process.env.TKA_PERF_DIR)'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^\\d{8}-\\d{6}-[0-9a-f]{6} ${dir}\n$`));
  });

  test('reports on stderr what the command has written', () => {
    const dir = temporaryFolder();
    const records = JSON.stringify(writerRecords([['src/cart.total', (id) => aggregate(id, 4, 1)]]));
    const script = `
      const fs = require('node:fs'), zlib = require('node:zlib'), path = require('node:path');
      const { TKA_PERF_DIR: dir, TKA_PERF_RUN: run } = process.env;
      fs.mkdirSync(path.join(dir, run), { recursive: true });
      const line = (r) => { const j = JSON.stringify(r); return zlib.crc32(j).toString(16).padStart(8, '0') + ' ' + j + '\\n'; };
      fs.writeFileSync(path.join(dir, run, '1-0.0.tkap'), ${records}.map(line).join(''));
      console.log('the program');
    `;
    const { code, stdout, stderr } = runCli(['run', '--dir', dir, ...node(script)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'the program\n' });
    expect(stderr).toMatch(/^src\/cart\.total +4 /m);
    const [run = ''] = readdirSync(dir);
    expect(stderr).toContain(`[tka-perf] "tka-perf report --run ${run}" shows this again\n`);
  });

  test('instruments what the command loads, with or without marks', () => {
    const cwd = temporaryFolder();
    const code =
      '// @monitor\nexport function marked() {}\nexport function plain() {}\nmarked(); plain(); plain();\n';
    writeTree(cwd, { 'package.json': '{"type":"module"}', 'app.js': code });
    const rows = (...flags: readonly string[]): string[] => {
      const { code: exit, stderr } = runCli(['run', ...flags, '--', process.execPath, 'app.js'], { cwd });
      expect(exit).toBe(0);
      return [...stderr.matchAll(/^(app\.\w+) +(\d+)/gm)]
        .map(([, name, calls]) => `${name} ${calls}`)
        .toSorted();
    };
    expect(rows()).toEqual(['app.marked 1']);
    expect(rows('--functions', 'exported')).toEqual(['app.marked 1', 'app.plain 2']);
    expect(rows('--match', 'plain')).toEqual(['app.marked 1', 'app.plain 2']);
  });

  test('says what to do when nothing was recorded', () => {
    const { stderr } = runCli(['run', '--dir', temporaryFolder(), ...node('')]);
    expect(stderr).toBe(
      '[tka-perf] nothing was recorded: the command ran no instrumented code, or called no marked function; mark functions with // @monitor, or select them with --functions or --match before the --\n',
    );
    const off = runCli(['run', '--dir', temporaryFolder(), ...node('')], { env: { TKA_PERF: '0' } });
    expect(off.stderr).toBe('[tka-perf] nothing was recorded: TKA_PERF=0 is set\n');
  });

  test('says why nothing could be recorded where the directory takes nothing', () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'file'), '');
    symlinkSync(temporaryFolder(), join(home, 'linked'));
    const program = join(home, 'app.js');
    writeFileSync(program, '// @monitor\nfunction work() {}\nwork();\n');
    const reasonFor = (dir: string): string => {
      const { code, stderr } = runCli(['run', '--dir', dir, '--', process.execPath, program], { cwd: home });
      expect(code).toBe(0);
      return stderr;
    };
    const sentence = (dir: string, reason: string): string =>
      `[tka-perf] nothing was recorded: cannot write in "${dir}": ${reason}; name another directory with --dir\n`;
    const [file, below, linked] = [join(home, 'file'), join(home, 'file', 'journal'), join(home, 'linked')];
    expect(reasonFor(file)).toBe(sentence(file, 'it is not a directory'));
    expect(reasonFor(below)).toBe(sentence(below, 'a part of the path is not a directory'));
    expect(reasonFor(linked)).toBe(sentence(linked, 'it is a symbolic link'));
    if (process.platform === 'linux')
      expect(reasonFor('/proc/tka-perf')).toMatch(/cannot write in "\/proc\/tka-perf": (no such|permission)/);
  });

  test('passes on the exit code', () => {
    expect(runCli(['run', '--dir', temporaryFolder(), ...node('process.exit(42)')]).code).toBe(42);
  });

  test('passes on arguments that look like its own, also without --', () => {
    const args = [
      'run',
      '--dir',
      temporaryFolder(),
      process.execPath,
      '-p',
      'process.argv.slice(1).join()',
      'x',
      '--dir',
      '--help',
    ];
    expect(runCli(args).stdout).toBe('x,--dir,--help\n');
  });

  test('ends by the signal that ended the command', () => {
    const { code, signal } = runCli([
      'run',
      '--dir',
      temporaryFolder(),
      ...node('process.kill(process.pid, "SIGKILL")'),
    ]);
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  });

  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const posix = process.platform === 'win32' ? [] : (['SIGQUIT', 'SIGUSR2', 'SIGALRM'] as const);
  test.each([...signals, ...posix])('passes %s on, and waits for the command', async (signal) => {
    const script = `process.on('${signal}', () => setTimeout(() => { console.log('bye'); process.exit(7); }, 50)); setInterval(() => {}, 1000); console.log('ready');`;
    const { kill, ended } = startCli(['run', '--dir', temporaryFolder(), ...node(script)], {
      onStdout: (text) => {
        if (text.includes('ready')) kill(signal);
      },
    });
    expect(await ended).toMatchObject({ code: 7, signal: null, stdout: 'ready\nbye\n' });
  });

  test('a signal that the command does not handle ends both', async () => {
    const { kill, ended } = startCli(
      ['run', '--dir', temporaryFolder(), ...node('setInterval(() => {}, 1000); console.log("ready")')],
      {
        onStdout: () => kill('SIGTERM'),
      },
    );
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test.each([
    ['no-such-command-here', 127, 'cannot run "no-such-command-here": no such command'],
    ['./plain.txt', 126, 'cannot run "./plain.txt": permission denied'],
    [
      'app.js',
      127,
      'cannot run "app.js": no such command; to run that file, write "tka-perf run -- node app.js"',
    ],
    ['none.js', 127, 'cannot run "none.js": no such command'],
    ['', 2, 'the command after -- is empty; write e.g. "run -- node app.js"'],
  ])('%j cannot be run', (command, code, sentence) => {
    const cwd = temporaryFolder();
    writeTree(cwd, { 'plain.txt': 'x', 'app.js': '' });
    expect(runCli(['run', '--', command], { cwd })).toMatchObject({
      code,
      stdout: '',
      stderr: `[tka-perf] ${sentence}\n`,
    });
    expect(isThere(cwd, '.tka-perf')).toBe(false);
  });
});

describe('the command line', () => {
  test.each([[[]], [['--help']], [['help']], [['-h']]])('%j shows help', (args) => {
    const { code, stdout, stderr } = runCli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['Usage: tka-perf', 'report', 'export', 'run', 'runs', 'instrument', 'Examples:']) {
      expect(stdout).toContain(word);
    }
  });

  test.each([
    'report',
    'compare',
    'export',
    'dashboard',
    'run',
    'runs',
    'instrument',
    'explain',
    'completion',
  ])('%s --help has examples', (command) => {
    const { code, stdout } = runCli([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: tka-perf ${command}`);
    expect(stdout).toMatch(new RegExp(`Examples:\n  \\$ tka-perf ${command}`));
    expect(runCli(['help', command]).stdout).toBe(stdout);
    expect(stdout.split('\n').filter((text) => text.length > 80)).toEqual([]);
  });

  test('--version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([
    [['reprot'], 'unknown command "reprot"; did you mean "report"?'],
    [['--limit', '3', 'report'], 'options stand behind the command, as in "tka-perf report --limit …"'],
    [['--dir', 'x', 'reprot'], 'unknown command "reprot"; did you mean "report"?'],
    [
      ['frobnicate'],
      'unknown command "frobnicate"; known are report, compare, export, dashboard, run, runs, clean, instrument, explain, completion',
    ],
    [['help', 'reprot'], 'unknown command "reprot"; did you mean "report"?'],
    [
      ['constructor'],
      'unknown command "constructor"; known are report, compare, export, dashboard, run, runs, clean, instrument, explain, completion',
    ],
    [['--dir', 'x'], 'a command is missing; write e.g. "tka-perf report --dir <dir>"'],
    [['--verson'], 'unknown option "--verson"; did you mean "--version"?'],
    [['report', '--dir', ''], '--dir must name a directory'],
    [['report', '--run', ''], '--run must name a run'],
    [['instrument', '.', '--out-dir', ''], '--out-dir must name a directory'],
    [['instrument', ''], 'a path must name a file or folder'],
    [['explain', ''], 'the argument must name a file or function'],
    [['export', ''], 'the argument must name a file'],
    [['dashboard', '--filter', ''], '--filter must name functions'],
    [['run'], 'missing required argument "command"; see "tka-perf run --help"'],
  ])('%j is a usage error', (args, sentence) => {
    expect(runCli(args)).toEqual({ code: 2, signal: null, stdout: '', stderr: `[tka-perf] ${sentence}\n` });
  });

  test('the seed’s flags work without a command', () => {
    const dir = journal();
    expect(runCli(['--report', '--dir', dir]).stdout).toBe(runCli(['report', '--dir', dir]).stdout);
    const cwd = temporaryFolder();
    expect(runCli(['--export', 'a.json', '--dir', dir], { cwd })).toMatchObject({
      code: 0,
      stderr: '✅ Metrics exported to a.json\n',
    });
    expect(runCli(['--dir', dir, '--export=b.json'], { cwd }).code).toBe(0);
    expect(readdirSync(cwd)).toEqual(['a.json', 'b.json']);
  });

  test('the directory: --dir before TKA_PERF_DIR before the nearest package.json', () => {
    const cwd = temporaryFolder();
    const other = (name: string): Readonly<Record<string, readonly unknown[]>> => ({
      'a.tkap': writerRecords([[name, (id) => aggregate(id, 1, 1)]], { pid: DEAD_PID }),
    });
    const named = writeJournal({ r: other('named') });
    const fromEnvironment = writeJournal({ r: other('environment') });
    const env = { TKA_PERF_DIR: fromEnvironment };
    expect(runCli(['report', '--dir', named], { cwd, env }).stdout).toContain('named');
    expect(runCli(['--dir', named, 'report'], { cwd, env }).stdout).toContain('named');
    expect(runCli(['report'], { cwd, env }).stdout).toContain('environment');
  });

  describe('a pipe', () => {
    const long = (): string => {
      const functions = Array.from({ length: 3_000 }, (_, index) => `src/module-${index}.function`);
      const make = (id: number): SiteAggregate => aggregate(id, 1, 1);
      return writeJournal({ r: { 'a.tkap': writerRecords(functions.map((name) => [name, make] as const)) } });
    };

    test('gets all of a long document', () => {
      const { stdout } = runCli(['export', '--dir', long()]);
      expect(Object.keys(JSON.parse(stdout).aggregates)).toHaveLength(3_000);
    });

    test('that is closed early ends the command quietly', () => {
      const words = [process.execPath, ...CLI, 'export', '--dir', long()]
        .map((word) => `'${word}'`)
        .join(' ');
      const script = `${words} | head -c 1; echo " \${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: '{ 0\n', stderr: '' });
    });
  });
});
