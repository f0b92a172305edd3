/** The loader's hooks for ES modules where Node runs them on a thread of their own: before 22.15. */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Options } from '../options.ts';
import { editLoaded, explainTypeScript } from './loaded-source.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import { SourceEditor } from './source-editor.ts';

/** What the main thread knows. */
interface Given {
  readonly options: Options;
  /** Extensions of files that are compiled there where they are CommonJS. */
  readonly compiled: readonly string[];
}

let editor: SourceEditor | undefined;
let compiled: readonly string[] = [];

/** Takes over the options that the main thread has read. */
export const initialize: InitializeHook<Given> = (given) => {
  editor = new SourceEditor(given.options);
  ({ compiled } = given);
};

/** Finds our own runtime where the app has none. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (specifier !== RUNTIME) return nextResolve(specifier, context);
  try {
    return await nextResolve(specifier, context);
  } catch {
    return { url: pathToFileURL(ownRuntimeFor('import')).href, format: 'module', shortCircuit: true };
  }
};

/** Edits ES modules; CommonJS has no source here and is edited on the main thread, where it is compiled. */
export const load: LoadHook = async (url, context, nextLoad) => {
  try {
    return editLoaded(editor, url, await nextLoad(url, context));
  } catch (error) {
    if (url.startsWith('file:')) {
      const file = fileURLToPath(url);
      explainTypeScript(error, file, compiled.includes(extname(file)));
    }
    throw error;
  }
};
