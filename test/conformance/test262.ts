import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** One file of the suite, and what its front matter says of it. */
export interface LanguageTest {
  /** Path relative to the checkout's `test/`. */
  readonly path: string;
  readonly code: string;
  readonly flags: ReadonlySet<string>;
  readonly includes: readonly string[];
  readonly negative: { readonly phase: string; readonly type: string } | undefined;
}

/** One way to run a test: as the suite's INTERPRETING.md has it. */
export type Mode = 'sloppy' | 'strict' | 'module' | 'raw';

/** Folders whose tests contain functions. */
const FOLDERS = [
  'language',
  'built-ins/Function',
  'built-ins/GeneratorFunction',
  'built-ins/GeneratorPrototype',
  'built-ins/AsyncFunction',
  'built-ins/AsyncGeneratorFunction',
  'built-ins/AsyncGeneratorPrototype',
  'built-ins/Promise',
  'built-ins/AsyncFromSyncIteratorPrototype',
  'built-ins/AsyncIteratorPrototype',
  'built-ins/Iterator',
];

/** Tests of `Function.prototype.toString`, also by way of a property's key or of `+`: emitted code shows there, and may. */
const ABOUT_SOURCE_TEXT =
  /^built-ins\/Function\/prototype\/toString\/|\/cpn-[\w-]+-from-[\w-]*function-expression\.js$|\/addition\/S11\.6\.1_A3\.2_T1\.2\.js$/;

/** Paths of all tests that are run, relative to the checkout's `test/`. */
export function listTests(checkout: string, filter: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(checkout, 'test', folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (path.endsWith('.js') && !path.includes('_FIXTURE') && path.includes(filter)) found.push(path);
    }
  };
  for (const folder of FOLDERS) walk(folder);
  return found.filter((path) => !ABOUT_SOURCE_TEXT.test(path)).toSorted();
}

/** Reads a test and its front matter. */
export function readTest(checkout: string, path: string): LanguageTest {
  const code = readFileSync(join(checkout, 'test', path), 'utf8');
  const matter = /\/\*---([\s\S]*?)---\*\//.exec(code)?.[1] ?? '';
  const {
    flags = [],
    includes = [],
    negative,
  } = (parse(matter.replaceAll('\r\n', '\n').replaceAll('\r', '\n')) ?? {}) as {
    flags?: string[];
    includes?: string[];
    negative?: LanguageTest['negative'];
  };
  return { path, code, flags: new Set(flags), includes, negative };
}

/** The modes in which a test is run. */
export function modesOf({ flags }: LanguageTest): Mode[] {
  if (flags.has('module')) return ['module'];
  if (flags.has('raw')) return ['raw'];
  if (flags.has('onlyStrict')) return ['strict'];
  if (flags.has('noStrict')) return ['sloppy'];
  return ['sloppy', 'strict'];
}
