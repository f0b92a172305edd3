import { seedDocument } from '../../runtime/report/seed-document.ts';
import { printableJson } from '../text/escape.ts';
import { functionsOf } from '../profile/functions.ts';
import type { Profile } from '../profile/profile.ts';

/** The seed's document: seconds and megabytes, its keys as they were, ours beside them. */
export function render(profile: Profile): string {
  return `${printableJson(seedDocument(functionsOf(profile), profile.metrics, new Date()))}\n`;
}
