/** The sites of this thread, by number and by name. */
import { type Place } from './place.ts';
import { Site } from './site.ts';
import type { SiteKind, SiteOptions } from './record.ts';

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

/**
 * The site of that name; made if there is none. A name is one row: a module loaded twice (hot reload, two bundles) or an
 * operation named like a function adds to the site that is there.
 */
export function siteOf(name: string, kind: SiteKind, place: Place, options: SiteOptions): Site {
  const known = byName.get(name);
  if (known) {
    if (known.place.file === '') known.place = place;
    return known;
  }
  const site = new Site(sites.length, name, kind, place, options);
  sites.push(site);
  byName.set(name, site);
  return site;
}
