import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE, type Ran, run, runWell, writeFiles } from '../hosts/support.ts';

/** Where projects of these tests are made. */
export const BUILT: string = join(PACKAGE, 'test/.tmp/compilers');
/** The example project's sources. */
export const SOURCES: string = join(import.meta.dirname, 'project/src');

/** A folder with this package, and packages under the names that a user installs them by, in its `node_modules`. */
export function workspace(name: string, packages: Readonly<Record<string, string>> = {}): string {
  const folder = join(BUILT, name);
  rmSync(folder, { recursive: true, force: true });
  link(folder, 'tka-perf', PACKAGE);
  for (const [own, alias] of Object.entries(packages))
    link(folder, own, join(PACKAGE, 'node_modules', alias));
  return folder;
}

function link(folder: string, name: string, target: string): void {
  const path = join(folder, 'node_modules', name);
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(target, path, 'junction');
}

/** A copy of an installed TypeScript that may be patched, without its translations. */
export function copyTypeScript(workspace: string, alias: string): string {
  const target = join(workspace, 'node_modules/typescript');
  const source = join(PACKAGE, 'node_modules', alias);
  cpSync(source, target, {
    recursive: true,
    filter: (path) => {
      const inside = relative(source, path);
      return (
        !/^lib[\\/](?:\w\w|\w\w-\w\w)(?:[\\/]|$)/.test(inside) && !/tsserver|typingsInstaller/.test(inside)
      );
    },
  });
  return target;
}

/** A project of the example's sources; `files` come on top. */
export function project(folder: string, files: Readonly<Record<string, string | object>> = {}): string {
  rmSync(folder, { recursive: true, force: true });
  cpSync(SOURCES, join(folder, 'src'), { recursive: true });
  write(folder, files);
  return folder;
}

/** Writes files; an object is written as JSON. */
export function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  writeFiles(folder, Object.fromEntries(texts) as Record<string, string>);
}

/** Every file below a folder whose path matches, by its path in it. */
export function readTree(folder: string, pattern: RegExp): Record<string, string> {
  const found: Record<string, string> = {};
  if (!existsSync(folder)) return found;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (pattern.test(path)) found[path.replaceAll('\\', '/')] = readFileSync(join(folder, path), 'utf8');
  }
  return found;
}

/** Runs a script with Node, in `cwd`, to its end; the journal lies in `cwd`. */
export function node(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  return run(process.execPath, args, cwd, env);
}

/** {@link node}, and it must end well and say nothing on stderr. */
export function nodeWell(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { stdout, stderr } = runWell(process.execPath, args, cwd, env);
  if (stderr) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}
