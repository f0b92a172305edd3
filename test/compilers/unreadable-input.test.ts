import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE, type Ran, run } from '../hosts/support.ts';
import { BABELS } from './babel-versions.ts';
import { node, workspace, write } from './project.ts';
import { install, TOOLCHAINS } from './ts-patch.ts';

const CLI = join(PACKAGE, 'dist/cli/index.cjs');
const FUNCTION = '// @monitor\nfunction f(a) {\n  return a;\n}\nconsole.log(f(1));\n';

/** One line of a megabyte, as a bundler's minifier writes it. */
const MINIFIED = `/* @monitor */function f(a){return a}${`var a=f(function(b){return b?1:"${'x'.repeat(300)}"});`.repeat(3000)}console.log(f(1));`;

/** Input that is unusual; `outcome` says what is to become of it. */
const CASES: readonly {
  readonly name: string;
  readonly file: string;
  readonly content: string | Buffer;
  readonly outcome: 'instrumented' | 'untouched';
}[] = [
  {
    name: 'a syntax error',
    file: 'syntax-error.ts',
    content: `${FUNCTION}function (\n`,
    outcome: 'untouched',
  },
  {
    name: 'Flow',
    file: 'flow.js',
    content: `// @flow\n${FUNCTION}const x: ?{| +a: number |} = (null: any);\n`,
    outcome: 'untouched',
  },
  { name: 'a minified line of 1 MB', file: 'minified.js', content: MINIFIED, outcome: 'instrumented' },
  { name: 'a byte order mark', file: 'bom.js', content: `\uFEFF${FUNCTION}`, outcome: 'instrumented' },
  {
    name: 'a hashbang',
    file: 'hashbang.js',
    content: `#!/usr/bin/env node\n${FUNCTION}`,
    outcome: 'instrumented',
  },
  {
    name: 'carriage returns',
    file: 'crlf.js',
    content: FUNCTION.replaceAll('\n', '\r\n'),
    outcome: 'instrumented',
  },
  { name: 'nothing at all', file: 'a.ts', content: '', outcome: 'untouched' },
  {
    name: 'binary bytes',
    file: 'binary.ts',
    content: Buffer.concat([
      Buffer.from('// @monitor\nfunction f() {}\n'),
      Buffer.from([0, 255, 254, 128, 0, 7]),
    ]),
    outcome: 'untouched',
  },
  {
    name: 'a video file (MPEG transport stream)',
    file: 'video.ts',
    content: transportStream(),
    outcome: 'untouched',
  },
];

/** What a host did with a file: how it ended, what it wrote, and our lines among what it said. */
interface Outcome {
  readonly status: number | null;
  readonly output: string | undefined;
  readonly warnings: readonly string[];
  readonly other: string;
  /** What the output does, where there is any: status, stdout, stderr. */
  readonly ran: string | undefined;
}

describe('tspc of TypeScript 5.9', () => {
  const [, toolchain] = TOOLCHAINS;
  if (!toolchain) throw new Error('no toolchain');
  const { folder, tspc, env } = install(toolchain, 'unreadable');
  const builds = [false, true].map((plugin) => {
    const root = join(folder, plugin ? 'instrumented' : 'plain');
    write(root, {
      'package.json': { type: 'commonjs' },
      'tsconfig.json': {
        compilerOptions: {
          outDir: 'dist',
          rootDir: 'src',
          allowJs: true,
          checkJs: false,
          module: 'NodeNext',
          moduleResolution: 'NodeNext',
          target: 'ES2022',
          lib: ['ES2022', 'DOM'],
          types: [],
          skipLibCheck: true,
          plugins: plugin ? [{ transform: 'tka-perf/typescript' }] : [],
        },
        include: ['src'],
      },
    });
    for (const { file, content } of CASES) writeInput(root, file, content);
    return { root, ran: node(root, [tspc, '-p', '.'], env) };
  });

  test.each(CASES)('$name', ({ file, outcome }) => {
    const [plain, instrumented] = builds.map(({ root, ran }) => outcomeOf(root, ran, file));
    expect(faultsOf(plain, instrumented, outcome)).toEqual([]);
  });
});

for (const babel of BABELS) {
  describe.skipIf(babel.skipped !== undefined)(`${babel.name}`, () => {
    test.each(CASES)('$name', ({ file, content, outcome }) => {
      const [plain, instrumented] = [false, true].map((plugin) => {
        const root = join(workspace(`babel${babel.major}-unreadable`), 'project');
        write(root, {
          'package.json': { type: 'commonjs' },
          'babel.config.json': {
            presets: file.endsWith('.ts') ? [babel.resolve('@babel/preset-typescript')] : [],
            plugins: plugin ? ['tka-perf/babel'] : [],
            sourceType: 'unambiguous',
          },
        });
        writeInput(root, file, content);
        const args = [babel.cli, 'src', '--out-dir', 'dist', '--extensions', '.js,.ts'];
        return outcomeOf(root, node(root, args), file);
      });
      expect(faultsOf(plain, instrumented, outcome)).toEqual([]);
    });
  });
}

describe('tka-perf instrument', () => {
  const root = join(workspace('instrument-unreadable'), 'project');
  write(root, { 'package.json': { type: 'commonjs' } });
  for (const { file, content } of CASES) writeInput(root, file, content);
  const { status, stderr } = node(root, [CLI, 'instrument', 'src']);

  test.each(CASES)('$name', ({ file, content, outcome }) => {
    expect(status).toBe(0);
    const after = readFileSync(join(root, 'src', file));
    const warnings = stderr.split('\n').filter((line) => line.startsWith(`src/${file}`));
    if (outcome === 'untouched') {
      expect(after.equals(Buffer.from(content))).toBe(true);
      expect(warnings).toEqual(content.length === 0 ? [] : [expect.stringContaining('left as it is')]);
      return;
    }
    expect(warnings).toEqual([]);
    expect(after.includes('require("tka-perf")')).toBe(true);
    expect(run(process.execPath, [`src/${file}`], root)).toMatchObject({
      status: 0,
      stdout: '1\n',
      stderr: '',
    });
  });
});

function writeInput(root: string, file: string, content: string | Buffer): void {
  write(root, { [`src/${file}`]: '' });
  writeFileSync(join(root, 'src', file), content);
}

function outcomeOf(root: string, { status, stdout, stderr }: Ran, file: string): Outcome {
  const lines = `${stdout}${stderr}`.replaceAll(root, '').split('\n');
  const isOurs = (line: string): boolean => /TKA\d{3}/.test(line);
  const name = `dist/${file.replace(/\.ts$/, '.js')}`;
  const output = existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : undefined;
  const ran = output === undefined ? undefined : node(root, [name]);
  return {
    status,
    output,
    warnings: lines.filter((line) => isOurs(line) && line.includes(file)),
    other: lines.filter((line) => !isOurs(line) && line.includes(file)).join('\n'),
    ran: ran && `${ran.status} ${ran.stdout} ${ran.stderr}`,
  };
}

/** What the plugin changed that it should not have, or did not change. Texts are left out: one is a megabyte. */
function faultsOf(plain: Outcome | undefined, instrumented: Outcome | undefined, outcome: string): string[] {
  if (!plain || !instrumented) return ['not built'];
  const { warnings, output: after = '' } = instrumented;
  const { output: before = '' } = plain;
  const isUntouched = outcome === 'untouched' || before === '';
  const faults = {
    'another status': instrumented.status !== plain.status,
    [`warnings: ${warnings.join()}`]: warnings.length > 1,
    'another message of the host': instrumented.other !== plain.other,
    'another output': isUntouched && after !== before,
    'not instrumented': !isUntouched && !after.includes('require("tka-perf")'),
    'no hashbang': after.startsWith('#!') !== before.startsWith('#!'),
    [`ran as ${JSON.stringify(instrumented.ran)}`]: !isUntouched && instrumented.ran !== plain.ran,
    'does not run': !isUntouched && instrumented.ran !== '0 1\n ',
  };
  return Object.entries(faults).flatMap(([fault, isThere]) => (isThere ? [fault] : []));
}

/** Packets of 188 bytes that begin with 0x47: what the other owner of `.ts` looks like. */
function transportStream(): Buffer {
  const stream = Buffer.alloc(188 * 20, 0xff);
  for (let packet = 0; packet < 20; packet++) {
    stream[packet * 188] = 0x47;
    stream.write('@monitor', packet * 188 + 4);
  }
  return stream;
}
