import { readFileSync } from 'node:fs';
import { systemCode } from '../text/errors.ts';

/** Where the build puts them: seen from `dist/`, from `dist/cli/`, and from the sources. */
const FOLDERS = ['./cli/', './', '../../dist/cli/'] as const;

/**
 * The page's script or style, as the build has bundled them.
 * @throws Error where the package was not built
 */
export function pageAsset(name: 'page.js' | 'page.css'): string {
  for (const folder of FOLDERS) {
    try {
      return readFileSync(new URL(folder + name, import.meta.url), 'utf8');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name} is missing from the package; "npm run build" makes it`);
}
