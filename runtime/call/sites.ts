/** The sites of this thread, by number and by name. */
import { type Place } from './place.ts';
import { numbered, Site } from './site.ts';
import { MAX_SITES } from '../stack/site-table.ts';
import type { SiteKind, SiteOptions } from '../format/record.ts';

const sites: Site[] = [];
const byName = new Map<string, Site>();

/** All sites, in the order of their numbers. */
export function allSites(): readonly Site[] {
  return sites;
}

/** The site of that name, if there is one. */
export function findSite(name: string): Site | undefined {
  return byName.get(name);
}

/** Of what comes after, nothing is measured. */
function tooManySites(): RangeError {
  return Object.assign(new RangeError('no room'), { code: 'too-many-functions' });
}

/**
 * The site of that name; made if there is none. A name is one row: a module loaded twice (hot reload, two bundles) or an
 * operation named like a function adds to the site that is there.
 *
 * @throws RangeError where there is no room for one more
 */
export function siteOf(name: string, kind: SiteKind, place: Place, options: SiteOptions): Site {
  const known = byName.get(name);
  if (known) {
    if (known.place.file === '') known.place = place;
    return known;
  }
  if (numbered.length >= MAX_SITES) throw tooManySites();
  const site = new Site(sites.length, name, kind, place, options);
  sites.push(site);
  byName.set(name, site);
  return site;
}

/**
 * A number from which on the sites follow each other. A module that is loaded again has its sites there already; where
 * they are in another order, or some are new, all get one number more, by which {@link numbered} finds them too.
 *
 * @throws RangeError where there is no room for so many
 */
export function firstNumberOf(sites: readonly Site[]): number {
  const known = sites[0]?.number ?? 0;
  const isInOrder = sites.every((site, i) => site.number === known + i);
  const next = isInOrder ? known : numbered.length;
  if (next + sites.length > MAX_SITES) throw tooManySites();
  if (isInOrder) return next;
  for (let i = 0; i < sites.length; i++) numbered.push(sites[i] as Site);
  return next;
}
