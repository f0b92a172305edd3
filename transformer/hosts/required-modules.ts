import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importedModules, type ModuleFile } from './module-imports.ts';
import { isOff } from './one-run.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import type { SourceEditor } from './source-editor.ts';
import { tell } from './tell.ts';

/**
 * ES modules that `require` loads where hooks run on a thread of their own: Node asks none of them. The module itself is
 * edited where it is compiled. What it imports Node finds and reads by itself, and shows to nobody: that is told.
 */
export class RequiredModules {
  readonly #editor: SourceEditor;
  /** Files whose imports were followed. */
  readonly #followed = new Set<string>();

  constructor(editor: SourceEditor) {
    this.#editor = editor;
  }

  /**
   * @param format `undefined` where it may be CommonJS
   * @returns the text to run, or `undefined` where it stays as it is
   * @throws {TkaPerfError} on a diagnostic where the options say `strict`
   */
  edit(code: string, file: string, format: 'module' | undefined): string | undefined {
    this.#tellPassedBy({ file, code });
    return this.#editor.edit(code, file, format, runtimeFor(file));
  }

  /** What the hooks had imported before is measured all the same. */
  #tellPassedBy(required: ModuleFile): void {
    if (isOff()) return;
    const { file } = required;
    const missed = this.#importsOf(required).filter((each) => this.#editor.selectsIn(each.code, each.file));
    const [first] = missed;
    if (!first) return;
    const [others, are] = missed.length > 1 ? [` and ${missed.length - 1} more`, 'are'] : ['', 'is'];
    tell(
      `${first.file}${others} ${are} not measured where ${file}, which was loaded by require, is the first to import it: ` +
        `Node ${process.version} shows that to no loader; use Node 22.15 or newer`,
    );
  }

  /** Of a text that does not parse there is nothing to tell. */
  #importsOf(required: ModuleFile): readonly ModuleFile[] {
    try {
      return importedModules(required, (path) => this.#editor.includes(path), this.#followed);
    } catch {
      return [];
    }
  }
}

/** The hooks are not asked for the runtime either. */
function runtimeFor(file: string): string | undefined {
  const isOwn = createRequire(resolve(file)).resolve(RUNTIME) === ownRuntimeFor('require');
  return isOwn ? pathToFileURL(ownRuntimeFor('import')).href : undefined;
}
