/** The loader's hooks, set as this is loaded. Options: see `readLoaderOptions`. */
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Options } from '../options.ts';
import {
  hasCompilerFor,
  hookCommonJs,
  hookCommonJsResolution,
  hookRequiredModules,
  isCompiled,
  isLeftToCompile,
} from './commonjs.ts';
import { editLoaded, explainTypeScript } from './loaded-source.ts';
import { readLoaderOptions } from './loader-options.ts';
import { readsMaps } from './map-readers.ts';
import { beginRun } from './one-run.ts';
import { ownRuntimeFor, RUNTIME, tellOwnPackage } from './own-runtime.ts';
import { RequiredModules } from './required-modules.ts';
import { SourceEditor } from './source-editor.ts';

/** `module.registerHooks` (Node 22.15 and later), which the types of Node 20 do not have. */
interface SyncHooks {
  resolve(
    specifier: string,
    context: { readonly conditions?: readonly string[] },
    next: (specifier: string, context: object) => object,
  ): object;
  load(url: string, context: object, next: (url: string, context: object) => Loaded): object;
}

type Loaded = Parameters<typeof editLoaded>[2];

const { registerHooks } = module as { registerHooks?: (hooks: SyncHooks) => void };

const options = readLoaderOptions(process.cwd(), process.env);
const editor = new SourceEditor(options, readsMaps);
beginRun();
tellOwnPackage();
explainTypeScript(hasCompilerFor);
if (registerHooks) registerHooks(syncHooks(editor));
else registerThread(editor, options);

function syncHooks(editor: SourceEditor): SyncHooks {
  return {
    resolve(specifier, context, nextResolve) {
      // Another loader may have come after us.
      if (isCompiled()) hookCommonJs(editor);
      if (specifier !== RUNTIME) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        const isRequire = context.conditions?.includes('require') ?? false;
        const url = pathToFileURL(ownRuntimeFor(isRequire ? 'require' : 'import')).href;
        return { url, format: isRequire ? 'commonjs' : 'module', shortCircuit: true };
      }
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      // Beside hooks on a thread Node leaves it to its own loader to read CommonJS, which asks no hooks.
      if (loaded.source == null && loaded.format?.startsWith('commonjs')) hookCommonJs(editor);
      if (url.startsWith('file:') && isLeftToCompile(fileURLToPath(url))) return loaded;
      return editLoaded(editor, url, loaded);
    },
  };
}

function registerThread(editor: SourceEditor, options: Options): void {
  const modules = new RequiredModules(editor);
  hookCommonJs(editor, (code, file, format) => modules.edit(code, file, format));
  hookCommonJsResolution();
  hookRequiredModules();
  module.register('./register-thread.js', { parentURL: import.meta.url, data: options });
}
