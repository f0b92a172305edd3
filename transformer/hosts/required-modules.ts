import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importedModules, type ModuleFile } from './module-imports.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import type { SourceEditor } from './source-editor.ts';
import { tell } from './tell.ts';

/**
 * ES modules that `require` loads where hooks run on a thread of their own: Node asks none of them. The module itself is
 * edited where it is compiled. What it imports Node finds and reads by itself, and shows to nobody: that is told.
 */
export class RequiredModules {
  readonly #editor: SourceEditor;
  /** Files that were edited, or told of. */
  readonly #known = new Set<string>();

  constructor(editor: SourceEditor) {
    this.#editor = editor;
  }

  /**
   * @param format `undefined` where it may be CommonJS
   * @returns the text to run, or `undefined` where it stays as it is
   * @throws {TkaPerfError} on a diagnostic where the options say `strict`
   */
  edit(code: string, file: string, format: 'module' | undefined): string | undefined {
    this.#known.add(file);
    this.#tellPassedBy(code, file);
    return this.#editor.edit(code, file, format, runtimeFor(file));
  }

  /** What the hooks had imported before is measured all the same. */
  #tellPassedBy(code: string, file: string): void {
    const missed: string[] = [];
    for (const imported of importsOf({ file, code }, (path) => this.#editor.includes(path))) {
      if (this.#known.has(imported.file)) continue;
      this.#known.add(imported.file);
      if (this.#editor.selectsIn(imported.code, imported.file)) missed.push(imported.file);
    }
    const [first] = missed;
    if (first === undefined) return;
    const [others, are] = missed.length > 1 ? [` and ${missed.length - 1} more`, 'are'] : ['', 'is'];
    tell(
      `${first}${others} ${are} not measured where ${file}, which was loaded by require, is the first to import it: ` +
        `Node ${process.version} shows that to no loader; use Node 22.15 or newer`,
    );
  }
}

/** Of a text that does not parse there is nothing to tell. */
function importsOf(root: ModuleFile, isOurs: (file: string) => boolean): readonly ModuleFile[] {
  try {
    return importedModules(root, isOurs);
  } catch {
    return [];
  }
}

/** The hooks are not asked for the runtime either. */
function runtimeFor(file: string): string | undefined {
  const isOwn = createRequire(resolve(file)).resolve(RUNTIME) === ownRuntimeFor('require');
  return isOwn ? pathToFileURL(ownRuntimeFor('import')).href : undefined;
}
