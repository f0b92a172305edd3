import { formatDuration, plural } from '../text/format.ts';
import { tell } from '../text/output.ts';
import type { Profile, WriterSummary } from '../profile/profile.ts';
import { droppedSentence } from '../journal/dropped.ts';

/** More files than this are summed up in one sentence. */
export const MOST_SENTENCES = 10;

/** What a reader of the numbers should know about the files that they come from, a sentence each. */
export function noticesOf({ dropped, writers }: Profile): string[] {
  const shown = dropped.slice(0, MOST_SENTENCES).map(droppedSentence);
  const hidden = dropped.length - shown.length;
  if (hidden > 0) shown.push(`${plural(hidden, 'more file')} not read to the end`);
  return [...shown, ...clockSentences(writers)];
}

/** A sentence for each machine whose clock is not that of the journal's file system. */
function clockSentences(writers: readonly WriterSummary[]): string[] {
  const byHost = new Map<string, number>();
  for (const { head, clockAheadMs = 0 } of writers) {
    const known = byHost.get(head.host) ?? 0;
    if (Math.abs(clockAheadMs) > Math.abs(known)) byHost.set(head.host, clockAheadMs);
  }
  return Array.from(byHost, ([host, aheadMs]) => {
    const distance = `${formatDuration(Math.abs(aheadMs)).trim()} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
    return `the clock of ${host} is ${distance} that of the journal's file system; its times are shown as it tells them`;
  });
}

/** Says the notices on stderr. */
export function tellNotices(profile: Profile): void {
  for (const notice of noticesOf(profile)) tell(notice);
}
