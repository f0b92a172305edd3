/** The loader's hooks for ES modules where Node runs them on a thread of their own: before 22.15. */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Options } from '../options.ts';
import { editLoaded } from './loaded-source.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import { SourceEditor } from './source-editor.ts';

let editor: SourceEditor | undefined;

/** Takes over the options that the main thread has read. */
export const initialize: InitializeHook<Options> = (options) => {
  editor = new SourceEditor(options);
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
export const load: LoadHook = async (url, context, nextLoad) =>
  editLoaded(editor, url, await nextLoad(url, context));
