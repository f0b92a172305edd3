import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Says once, in one sentence, why Node does not load a TypeScript file; the error that it throws stays as it is. */
export function explainTypeScript(error: unknown, url: string): void {
  if (hasTold || !url.startsWith('file:')) return;
  if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_UNKNOWN_FILE_EXTENSION') return;
  const file = fileURLToPath(url);
  if (!/^\.[cm]?tsx?$/.test(extname(file))) return;
  hasTold = true;
  const reason =
    extname(file) === '.tsx'
      ? 'Node does not compile JSX'
      : `Node ${process.version} does not run TypeScript`;
  tell(
    `${reason} (${file}); use Node 22.18 or newer for .ts, add "--import tsx", or compile it and run the output`,
  );
}
