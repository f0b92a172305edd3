import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rolldown } from 'tsdown';

/** Packages found in bundles: folder to name and version. */
const found = new Map<string, string>();

/**
 * A build plugin that notes which packages went into `dist/`, and writes their licences beside it: those of other
 * people's code ask for it.
 */
export function thirdParty(): Rolldown.Plugin {
  return {
    name: 'third-party-licences',
    // Builds run side by side: each writes what is known by then, so that the last one writes all.
    writeBundle({ dir = 'dist' }, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of chunk.moduleIds) note(id);
      }
      if (found.size > 0) writeFileSync(join(dir, 'THIRD-PARTY.txt'), text());
    },
  };
}

function note(id: string): void {
  const folder = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1];
  if (folder === undefined || found.has(folder)) return;
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  found.set(folder, `${name} ${version} (${license})`);
}

function text(): string {
  const parts = Array.from(found, ([folder, title]) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const path = join(folder, file ?? '');
    const licence = file !== undefined && existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    return `${title}\n${'-'.repeat(title.length)}\n\n${licence}\n`;
  });
  return `Files of this folder contain code of these packages.\n\n${parts.toSorted().join('\n\n')}`;
}
