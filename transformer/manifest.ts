import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedOptions } from './options.ts';
import type { FilePlan, SelectionReason, SiteKind } from './plan/plan.ts';

/** What a build did to one source file; the CLI reads it to notice marks that no build has seen. */
export interface ManifestEntry {
  readonly version: 1;
  /** Path relative to the root. */
  readonly file: string;
  /** SHA-256 of the source as it was built, hexadecimal. */
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly builtAt: number;
  readonly sites: readonly {
    readonly name: string;
    readonly kind: SiteKind;
    readonly line: number;
    readonly reason: SelectionReason;
  }[];
}

/** Folder of the manifest, relative to the root: beside the journal's runs. */
export const MANIFEST_FOLDER = '.tka-perf/manifest';

/** SHA-256 of a text, hexadecimal. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Notes what was done to a file, one small file each, so that builds in several processes do not meet. A file in
 * which nothing is selected any more loses its entry. A folder that cannot be written does not stop the build.
 */
export function recordInManifest(
  options: Pick<ResolvedOptions, 'root' | 'manifest'>,
  file: string,
  code: string,
  plan: Pick<FilePlan, 'regions'> | undefined,
): void {
  if (!options.manifest) return;
  const folder = join(options.root, MANIFEST_FOLDER);
  const path = join(folder, `${hashOf(file).slice(0, 16)}.json`);
  try {
    if (!plan || plan.regions.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    const sites = plan.regions.map(({ site: { name, kind, line, reason } }) => ({
      name,
      kind,
      line,
      reason,
    }));
    const entry: ManifestEntry = { version: 1, file, hash: hashOf(code), builtAt: Date.now(), sites };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // The manifest is a convenience: a read-only checkout builds as before.
  }
}
