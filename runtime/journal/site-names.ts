/** Records that name sites. */
import type { Encoder } from './encoder.ts';
import type { JournalSite, SitesRecord } from '../format/record.ts';

/** Sites in one record. */
const SITES_AT_ONCE = 500;
/** Bytes that a site takes in it, about. */
const SITE_BYTES = 120;

/** Names sites. */
export function nameSites<Named>(
  out: Encoder,
  sites: readonly Named[],
  identityOf: (site: Named) => JournalSite,
): void {
  out.room(sites.length * SITE_BYTES); // once, and not twice as much again and again
  for (let first = 0; first < sites.length; first += SITES_AT_ONCE) {
    const some = sites.slice(first, first + SITES_AT_ONCE).map(identityOf);
    out.json({ t: 'sites', sites: some } satisfies SitesRecord);
  }
}
