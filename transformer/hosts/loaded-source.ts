import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { isTypeScript } from './module-id.ts';
import type { SourceEditor } from './source-editor.ts';
import { tell } from './tell.ts';

/** What the next `load` hook has answered. */
interface Loaded {
  readonly format: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A loaded module with its source edited, or as it came: not a file, or nothing selected in it. */
export function editLoaded<T extends Loaded>(editor: SourceEditor | undefined, url: string, loaded: T): T {
  const { source, format } = loaded;
  if (!editor || !url.startsWith('file:') || source === undefined || source === null) return loaded;
  if (format === 'json' || format === 'wasm') return loaded;
  const code = typeof source === 'string' ? source : decoder.decode(source as Uint8Array);
  const edited = editor.edit(code, fileURLToPath(url), format);
  return edited === undefined ? loaded : { ...loaded, source: edited };
}

let hasTold = false;

/**
 * Says once, in one sentence, why Node does not run a TypeScript file, where the error ends the program: one that is caught
 * may be the way to find another loader. The error stays as it is.
 *
 * @param hasCompilerFor whether such a file is compiled where it is CommonJS, by `-r ts-node/register` or the like
 */
export function explainTypeScript(hasCompilerFor: (file: string) => boolean): void {
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    const file = unknownFile(error);
    if (hasTold || file === undefined || !isTypeScript(file)) return;
    hasTold = true;
    tell(hasCompilerFor(file) ? loadedAsModule(file) : notRun(file));
  });
}

/** The file whose extension Node does not know, by its error; anything may be thrown. */
function unknownFile(error: unknown): string | undefined {
  try {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ERR_UNKNOWN_FILE_EXTENSION' ? /" for (.*)$/s.exec(message)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** Says so of a file that Node takes for CommonJS, and for JavaScript, whatever its name is; nothing where it is that. */
export function explainSyntax(code: string, file: string): void {
  if (hasTold) return;
  try {
    compileFunction(code.replace(/^#!.*/, ''));
  } catch {
    hasTold = true;
    tell(notRun(file));
  }
}

function loadedAsModule(file: string): string {
  return (
    `Node loads ${file} as an ES module, past the compiler for CommonJS that was required; ` +
    'where "--import tka-perf/register" is the reason, write "-r tka-perf/register" in its place'
  );
}

function notRun(file: string): string {
  const compile = 'add "--import tsx", or compile it and run the output';
  if (extname(file) === '.tsx') return `Node does not compile JSX (${file}); ${compile}`;
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const [flag] = /--no-(?:experimental-)?strip-types/.exec(flags) ?? [];
  if (flag !== undefined)
    return `Node was told to run no TypeScript (${file}); leave ${flag} out, ${compile}`;
  return `Node ${process.version} does not run TypeScript (${file}); use Node 22.18 or newer for .ts, ${compile}`;
}
