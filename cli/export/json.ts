import { seedDocument } from '../../runtime/seed-document.ts';
import { printableJson } from '../escape.ts';
import { functionsOf } from '../functions.ts';
import type { Profile } from '../profile.ts';

/** The seed's document: seconds and megabytes, its keys as they were, ours beside them. */
export function render(profile: Profile): string {
  return `${printableJson(seedDocument(functionsOf(profile), profile.metrics, new Date()))}\n`;
}
