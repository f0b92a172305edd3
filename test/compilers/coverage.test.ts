/** Coverage behind the Babel plugin counts what it counts without it: the statements, functions and branches of the source. */
import { join } from 'node:path';
import { type PluginItem, type PluginObj, transformSync } from '@babel/core';
import { programVisitor } from 'istanbul-lib-instrument';
import { expect, test } from 'vitest';
import babelPlugin from '../../transformer/babel.ts';
import { executedFixtures, type Fixture, FIXTURES } from '../support/fixtures.ts';

/** What lies where: `kind line:column-line:column`. */
type Places = readonly string[];

interface Range {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

interface Coverage {
  readonly statementMap: Readonly<Record<string, Range>>;
  readonly fnMap: Readonly<Record<string, { readonly name: string; readonly loc: Range }>>;
  readonly branchMap: Readonly<Record<string, { readonly type: string; readonly loc: Range }>>;
}

function placesOf({ statementMap, fnMap, branchMap }: Coverage): Places {
  const place = (kind: string, { start, end }: Range): string =>
    `${kind} ${start.line}:${start.column}-${end.line}:${end.column}`;
  return [
    ...Object.values(statementMap).map((range) => place('statement', range)),
    ...Object.values(fnMap).map(({ loc }) => place('function', loc)),
    ...Object.values(branchMap).map(({ type, loc }) => place(type, loc)),
  ].toSorted();
}

/** As coverage does in Jest: behind all other plugins of the list. */
function covered({ file, code, options }: Fixture, hasPlugin: boolean): Places {
  let coverage: Coverage | undefined;
  const istanbul = ({ types }: { types: object }): PluginObj => {
    let visitor: { enter(path: unknown): void; exit(path: unknown): { fileCoverage: Coverage } };
    return {
      visitor: {
        Program: {
          enter(path) {
            visitor = (programVisitor as (...args: unknown[]) => typeof visitor)(types, file, {});
            visitor.enter(path);
          },
          exit(path) {
            coverage = visitor.exit(path).fileCoverage;
          },
        },
      },
    };
  };
  transformSync(code, {
    filename: join(FIXTURES, file),
    configFile: false,
    babelrc: false,
    sourceType: file.endsWith('.cjs') ? 'script' : 'module',
    parserOpts: {
      plugins: [
        'decorators',
        'decoratorAutoAccessors',
        'explicitResourceManagement',
        ...(/x$|js$/.test(file) ? (['jsx'] as const) : []),
        ...(/tsx?$/.test(file) ? (['typescript'] as const) : []),
      ],
    },
    plugins: [
      ...(hasPlugin ? [[babelPlugin, { ...options, functions: 'all', root: FIXTURES }] as PluginItem] : []),
      istanbul as unknown as PluginItem,
    ],
  });
  if (!coverage) throw new Error('nothing was covered');
  return placesOf(coverage);
}

const fixtures = executedFixtures();

test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(40));

/** An arrow whose body is `made || (() => 1)`: what keeps the inner one without a name is a `&&` around the body's own branch. */
const LOST: Readonly<Record<string, Places>> = {
  'arrow-returns-arrow-without-a-name': ['binary-expr 24:46-24:63'],
};

test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('%s', (name, fixture) => {
  const lost = LOST[name] ?? [];
  expect([...covered(fixture, true), ...lost].toSorted()).toEqual(covered(fixture, false));
});
