import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { explain, MANIFEST_FOLDER, type ManifestEntry, type Verdict } from '../../transformer/index.ts';

/** A mark in the sources that the last build did not instrument. */
export interface StaleMark {
  readonly name: string;
  /** Path relative to the project root. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

const MARKS: readonly Verdict['reason'][] = [
  'mark',
  'decorator',
  'class-mark',
  'class-decorator',
  'file-mark',
];

/**
 * Compares the marks of the sources with the manifest that the builds have left (`manifest: true`).
 *
 * Sources are those with an entry, and those beside them: of the same extensions, below the same top folders.
 *
 * @param journal the journal's folder; the manifest stands in it
 * @returns nothing where there is no manifest
 */
export function findStaleMarks(journal: string): StaleMark[] {
  if (basename(journal) !== dirname(MANIFEST_FOLDER)) return [];
  const root = dirname(journal);
  const entries = readManifest(join(root, MANIFEST_FOLDER));
  if (entries.length === 0) return [];
  const built = new Set(entries.flatMap(({ sites }) => sites.map(({ name }) => name)));
  return sourcesLike(entries, root).flatMap((file) => {
    const path = join(root, file);
    const code = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (!code.includes('@monitor') && !code.includes('tka-perf')) return [];
    return explain(code, { file, root })
      .verdicts.filter(({ name, reason }) => MARKS.includes(reason) && !built.has(name))
      .map(({ name, line }) => ({ name, file, line }));
  });
}

function readManifest(folder: string): ManifestEntry[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        const entry = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ManifestEntry;
        const isSound = entry.version === 1 && typeof entry.file === 'string' && Array.isArray(entry.sites);
        return isSound ? [entry] : [];
      } catch {
        return []; // half written, or not ours
      }
    });
}

function sourcesLike(entries: readonly ManifestEntry[], root: string): string[] {
  const folders = new Set(
    entries.map(({ file }) => (file.includes('/') ? `${file.split('/', 1)[0]}/**/` : '')),
  );
  const extensions = new Set(entries.map(({ file }) => file.slice(file.lastIndexOf('.'))));
  const globs = [...folders].flatMap((folder) =>
    [...extensions].map((extension) => `${folder}*${extension}`),
  );
  return globSync(globs, { cwd: root, ignore: ['**/node_modules/**', '**/*.d.ts'] }).toSorted();
}
