/**
 * The functions of this thread, by number and by name. A synchronous one is a line of a list until it is called the first
 * time: of a program's functions most never are, and a site takes three times as much. Others, whose calls begin by their
 * site, have it at once.
 */
import { NOWHERE, type Place } from './place.ts';
import { type Listed, numbered, Site } from './site.ts';
import { MAX_SITES } from '../stack/site-table.ts';
import type { SiteKind, SiteOptions } from '../format/record.ts';
import { tallies } from '../tally/callers.ts';

/** By number: what is listed there, under one more number too. */
const list: Listed[] = [];
const byName = new Map<string, Listed>();
const sites: Site[] = [];

/** All sites, in the order in which they were made. */
export function allSites(): readonly Site[] {
  return sites;
}

/** The site of that name, if there is one. */
export function findSite(name: string): Site | undefined {
  const listed = byName.get(name);
  return listed && numbered[listed.number];
}

/** Of what comes after, nothing is measured. */
function tooManySites(): RangeError {
  return Object.assign(new RangeError('no room'), { code: 'too-many-functions' });
}

/** How often something else was told of a function that was there. */
let renewals = 0;

/** See {@link renewals}: a journal that has told of them tells anew. */
export function renewalsOfSites(): number {
  return renewals;
}

/**
 * Lists a function. A name is one row: a module loaded twice (hot reload, two bundles) or an operation named like a
 * function adds to the one that is there; where it stands, and its options, are what was said last.
 *
 * @throws RangeError where there is no room for one more
 */
export function listFunction(
  name: string,
  kind: SiteKind,
  file: string,
  line: number,
  column: number,
  options: SiteOptions,
): Listed {
  const known = byName.get(name);
  if (known) {
    if (file !== '' && isOther(known, { kind, file, line, column, options })) {
      Object.assign(known, { kind, file, line, column, options });
      numbered[known.number]?.renew(known);
      renewals++;
    }
    return known;
  }
  const listed = { number: takeNumber(), name, kind, file, line, column, options };
  list[listed.number] = listed;
  byName.set(name, listed);
  return listed;
}

type Told = Omit<Listed, 'number' | 'name'>;

function isOther(known: Listed, { kind, file, line, column, options }: Told): boolean {
  const { threshold, args, memory, exact } = options;
  return !(
    known.kind === kind &&
    known.file === file &&
    known.line === line &&
    known.column === column &&
    known.options.threshold === threshold &&
    known.options.args === args &&
    known.options.memory === memory &&
    known.options.exact === exact
  );
}

/** A number that nobody has. */
function takeNumber(): number {
  const number = numbered.length;
  if (number >= MAX_SITES) throw tooManySites();
  numbered.push(undefined);
  tallies.push(undefined);
  return number;
}

/** The site that counts the calls of a number. */
export function siteAt(number: number): Site {
  return numbered[number] ?? makeSite(number);
}

/**
 * The site of that name, made at once.
 *
 * @param name - By those who are not checked by types, anything: a journal holds texts.
 * @throws RangeError where there is no room for one more
 */
export function siteOf(name: string, kind: SiteKind, place: Place, options: SiteOptions): Site {
  const { file, line, column } = place;
  return siteAt(listFunction(String(name), kind, file, line, column, options).number);
}

function makeSite(asked: number): Site {
  const listed = list[asked] as Listed;
  const { number } = listed;
  const known = numbered[number];
  const site = known ?? new Site(sites.length, listed);
  // All at once: no call in which a time limit (of `vm`) could strike.
  if (!known) sites[site.index] = site;
  numbered[number] = numbered[asked] = site;
  return site;
}

/** A site of the runtime's own, which no list knows. */
export function unlistedSite(options: SiteOptions): Site {
  const number = takeNumber();
  return (numbered[number] = new Site(-1, { ...NOWHERE, number, name: '', kind: 'operation', options }));
}

/**
 * A number from which on functions follow each other. A module that is loaded again has its functions there already; where
 * they are in another order, or some are new, all get one number more.
 *
 * @throws RangeError where there is no room for so many
 */
export function firstNumberOf(functions: readonly Listed[]): number {
  const known = functions[0]?.number ?? 0;
  const isInOrder = functions.every((listed, i) => listed.number === known + i);
  const next = isInOrder ? known : numbered.length;
  if (next + functions.length > MAX_SITES) throw tooManySites();
  if (isInOrder) return next;
  for (let i = 0; i < functions.length; i++) list[takeNumber()] = functions[i] as Listed;
  return next;
}
