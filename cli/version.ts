import { readFileSync } from 'node:fs';

/** Version of this package, from the nearest `package.json` above: one folder up in the sources, two in `dist/`. */
export function packageVersion(): string {
  for (const relative of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(relative, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
        return String(manifest.version);
    } catch {
      // Not there: the next folder up.
    }
  }
  return 'unknown';
}
