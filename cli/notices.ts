import { plural } from './format.ts';
import { tell } from './output.ts';
import type { Profile } from './profile.ts';
import { droppedSentence } from './dropped.ts';

/** More files than this are summed up in one sentence. */
const MOST_SENTENCES = 10;

/** What a reader of the numbers should know about the files that they come from, a sentence each. */
export function noticesOf({ dropped }: Profile): string[] {
  const shown = dropped.slice(0, MOST_SENTENCES).map(droppedSentence);
  const hidden = dropped.length - shown.length;
  if (hidden > 0) shown.push(`${plural(hidden, 'more file')} not read to the end`);
  return shown;
}

/** Says the notices on stderr. */
export function tellNotices(profile: Profile): void {
  for (const notice of noticesOf(profile)) tell(notice);
}
