import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import tkaPerf from '../../transformer/hosts/vite.ts';
import { emptyProject, PACKAGE, report, reportedRows, runWell, writeFiles } from './support.ts';

const MATH = `// @monitor
export function add(a: number, b: number): number {
  return a + b;
}

// @monitor
export async function later(value: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return value;
}
`;

/** Three test files, with one, two and three calls of `add` and one of `later` each. */
const TESTS = Object.fromEntries(
  [1, 2, 3].map((times) => [
    `test/math${times}.test.ts`,
    `import { add, later } from '../src/math';
test('adds', async () => {
  for (let time = 0; time < ${times}; time++) expect(add(time, 1)).toBe(time + 1);
  expect(await later(2)).toBe(2);
});
`,
  ]),
);

const ROWS = ['src/math.add function src/math.ts:2:7 6/0', 'src/math.later async src/math.ts:7:7 3/0'];

function project(name: string, files: Readonly<Record<string, string>>): string {
  const root = emptyProject(`runner-${name}`);
  writeFiles(root, { 'package.json': '{}', 'src/math.ts': MATH, ...TESTS, ...files });
  return root;
}

describe('Vitest with tka-perf/vite', () => {
  it.each(['forks', 'threads', 'vmForks', 'vmThreads'])('is reported from %s', (pool) => {
    const root = project(`vitest-${pool}`, {
      'vitest.config.mjs': `import tkaPerf from 'tka-perf/vite';
export default { plugins: [tkaPerf()], test: { pool: '${pool}', globals: true, maxWorkers: 2 } };
`,
    });
    const { stderr } = runWell(
      process.execPath,
      [join(PACKAGE, 'node_modules/vitest/vitest.mjs'), 'run'],
      root,
    );
    expect(stderr).toBe('');
    expect(reportedRows(root)).toEqual(ROWS);
    // Vitest ends its workers from outside, as they have nothing to do any more.
    expect(new Set(report(root).processes.map(({ state }) => state))).toEqual(new Set(['ended']));
  });

  describe('adds its setup file', () => {
    const SETUP_FILE: unknown = expect.stringMatching(/vitest-setup\.js$/);
    const IN_BROWSER = { browser: { enabled: true } };

    interface Hooks {
      config(config: object): {
        readonly test?: { readonly setupFiles: readonly string[] };
        readonly optimizeDeps?: object;
      };
      configResolved(config: object): void;
      configureVitest(context: object): void;
    }
    function hooks(): Hooks {
      vi.stubEnv('TKA_PERF_RUN', 'here');
      onTestFinished(() => void vi.unstubAllEnvs());
      return tkaPerf() as unknown as Hooks;
    }

    it('to the configuration, as Vitest before 3.1 asks no plugin any later', () => {
      const { config } = hooks();
      const testOf = (given: object): unknown => config(given).test;
      const added = { setupFiles: [SETUP_FILE] };
      const plugins = [[{ name: 'vitest' }, undefined, false], { name: 'own' }];
      expect(testOf({ plugins })).toEqual(added);
      expect(testOf({ plugins, test: { setupFiles: './own.ts' } })).toEqual(added);
      expect(testOf({ plugins: [{ name: 'vitest:project' }], test: { browser: {} } })).toEqual(added);
      expect(testOf({ plugins, test: testOf({ plugins }) })).toBeUndefined();
      expect(testOf({ plugins, test: IN_BROWSER })).toBeUndefined();
    });

    it.each(['off', '0', 'No'])('and begins no run where TKA_PERF=%s', (word) => {
      const { config } = hooks();
      vi.stubEnv('TKA_PERF_RUN', '');
      vi.stubEnv('TKA_PERF', word);
      config({ plugins: [{ name: 'vitest' }] });
      expect(process.env['TKA_PERF_RUN']).toBe('');
      vi.stubEnv('TKA_PERF', '1');
      config({ plugins: [{ name: 'vitest' }] });
      expect(process.env['TKA_PERF_RUN']).toMatch(/^\d{8}-\d{6}-[\da-f]{6}$/);
    });

    it('in tests and nowhere else', () => {
      const { config } = hooks();
      expect(config({}).test).toBeUndefined();
      // Others may add to what Vite keeps of it.
      expect(config({}).optimizeDeps).not.toBe(config({}).optimizeDeps);
      expect(config({ plugins: [{ name: 'vite-plugin-vitest' }], test: {} }).test).toBeUndefined();
    });

    it('and has it served to tests in jsdom, wherever the package is linked from', () => {
      const { configResolved } = hooks();
      const allowedWith = (plugins: readonly object[]): readonly string[] => {
        const allow = ['/workspace'];
        const config = { root: PACKAGE, plugins, build: {}, server: { fs: { allow } } };
        for (let times = 0; times < 2; times++) configResolved(config);
        return allow;
      };
      expect(allowedWith([{ name: 'vitest' }])).toEqual(['/workspace', expect.stringMatching(/hosts$/)]);
      expect(allowedWith([{ name: 'other' }])).toEqual(['/workspace']);
    });

    it('to a project, once, and takes it away where its tests run in a browser', () => {
      const { config, configureVitest } = hooks();
      const setupFilesOf = (settings: object, setupFiles: readonly string[] = []): readonly string[] => {
        const project = { config: { setupFiles: [...setupFiles], ...settings } };
        configureVitest({ project });
        return project.config.setupFiles;
      };
      const before = ['own.ts', ...(config({ plugins: [{ name: 'vitest' }] }).test?.setupFiles ?? [])];
      expect(setupFilesOf({})).toEqual([SETUP_FILE]);
      expect(setupFilesOf({ browser: { enabled: false } }, before)).toEqual(['own.ts', SETUP_FILE]);
      expect(setupFilesOf(IN_BROWSER, before)).toEqual(['own.ts']);
    });
  });
});

describe.each([
  [
    'babel-jest and tka-perf/babel',
    {
      'jest.config.cjs': `module.exports = {
  transform: {
    '\\\\.ts$': ['babel-jest', {
      configFile: false,
      presets: ['@babel/preset-typescript'],
      plugins: ['@babel/plugin-transform-modules-commonjs', 'tka-perf/babel'],
    }],
  },
};
`,
    },
  ],
  [
    'ts-jest and tka-perf/typescript',
    {
      'tsconfig.json':
        '{ "compilerOptions": { "module": "commonjs", "target": "es2022", "types": [], "isolatedModules": true } }',
      'jest.config.cjs': `module.exports = {
  transform: {
    '\\\\.ts$': ['ts-jest', {
      diagnostics: false,
      astTransformers: { before: [require.resolve('tka-perf/typescript')] },
    }],
  },
};
`,
    },
  ],
] as const)('Jest with %s', (name, files) => {
  it.each(['--runInBand', '--maxWorkers=2'])('is reported, and leaves nothing open (%s)', (flag) => {
    const root = project(`jest-${name.split('-')[0]}`, files);
    const jest = join(PACKAGE, 'node_modules/jest/bin/jest.js');
    const args = [jest, '--no-cache', '--detectOpenHandles', flag];
    const { stderr } = runWell(process.execPath, args, root);
    expect(stderr).toContain('Tests:       3 passed');
    expect(stderr).not.toMatch(/open handle|did not exit|MaxListeners|\[tka-perf\]/i);
    expect(reportedRows(root)).toEqual(ROWS);
  });

  it('runs a test file with a function in the factory of a mock', () => {
    const root = project(`jest-mock-${name.split('-')[0]}`, {
      ...files,
      'test/mocked.test.ts': `// @monitor-file
import { add } from '../src/math';
jest.mock('../src/math', () => ({
  add: () => {
    try {
      return null.length;
    } catch (error) {
      return 'mocked';
    }
  },
}));
const twice = (text) => text + text;
test('is mocked', () => expect(twice(add(1, 2))).toBe('mockedmocked'));
`,
    });
    const args = [join(PACKAGE, 'node_modules/jest/bin/jest.js'), '--no-cache', 'mocked'];
    const { stderr } = runWell(process.execPath, args, root);
    expect(stderr).toContain('Tests:       1 passed');
    expect(stderr).toContain('TKA211');
    expect(reportedRows(root)).toContain('test/mocked.test.twice arrow test/mocked.test.ts:12:14 1/0');
  });
});
