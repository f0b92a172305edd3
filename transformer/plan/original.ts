import { originalPositionFor, type SourceMapInput } from '@jridgewell/trace-mapping';
import { type MapSource, traceMapOf, sourceOf } from './map-sources.ts';
import { withParts } from './lowered-parts.ts';
import { moduleName } from './names.ts';
import { planFile } from './plan-file.ts';
import type { FilePlan, RegionPlan, SitePlan } from './plan.ts';

/**
 * Gives the sites of a compiler's output the names, kinds and places of the source that it was made from.
 *
 * A site's place is traced through the incoming map; the function there is found in the original source by its
 * qualified name, else by its place. Where neither the map holds the source's text nor the disk, the name keeps the
 * output's qualified name with the original module, and line and column are as traced.
 *
 * @param plan the plan of the output
 * @param originalOf finds them: {@link originalFinder}
 */
export function withOriginalSites(plan: FilePlan, originalOf: ReturnType<typeof originalFinder>): FilePlan {
  const traced = plan.regions.map((own) => {
    const original = originalOf(own.site);
    if (original === undefined) return { own, original: own }; // the output's own name is the best there is
    const { name, line, column, kind = own.site.kind, file } = original;
    return { own, original: { ...own, site: { ...own.site, name, kind, line, column, file } } };
  });
  const regions = withParts(traced, plan.file);
  const file = regions.find(({ site }) => site.file)?.site.file ?? plan.file;
  return { ...plan, file, regions: regions.map((region) => inFile(file, region, plan.file)) };
}

/** What a function of a compiler's output was in its source. */
export interface Original {
  /** Relative to the root. */
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** `undefined` where the source's text is not known. */
  readonly kind: SitePlan['kind'] | undefined;
  /** The source's text; `''` where it is not known. */
  readonly text: string;
}

/** A function of a file, by its name and where it begins. */
type Place = Pick<SitePlan, 'name' | 'line' | 'column'>;

/**
 * Finds functions of a compiler's output in the sources that it was made from, each of which is planned once.
 *
 * @param inputMap the map that came with the output; its sources are relative to the output's folder
 * @param root what the output's file is relative to
 * @returns what tells `undefined` of those that the map knows nothing of
 */
export function originalFinder(
  outputFile: string,
  inputMap: SourceMapInput,
  root: string,
): (place: Place) => Original | undefined {
  const map = traceMapOf(inputMap);
  if (!map) return () => undefined;
  type Known = MapSource & { readonly functions: readonly SitePlan[] };
  const sources = new Map<string /* as the map names it */, Known | undefined>();
  const known = (name: string): Known | undefined => {
    const source = sourceOf(map, name, outputFile, root);
    return source && { ...source, functions: functionsOf(source.text, source.file) };
  };
  return (place) => {
    const traced = originalPositionFor(map, { line: place.line, column: place.column });
    // Maps of which somebody made a mistake name none, or the folder.
    if (!traced.source) return undefined;
    if (!sources.has(traced.source)) sources.set(traced.source, known(traced.source));
    const source = sources.get(traced.source);
    if (!source) return undefined;
    const { file, text, functions } = source;
    return { ...originalSite(place, outputFile, file, traced, functions), file, text };
  };
}

/** A site names its file where that is another one than the plan's. */
function inFile(file: string, region: RegionPlan, outputFile: string): RegionPlan {
  const { file: own = outputFile, ...site } = region.site;
  return { ...region, site: own === file ? site : { ...site, file: own } };
}

function functionsOf(code: string, file: string): readonly SitePlan[] {
  const everything = {
    functions: 'all',
    matches: undefined,
    includes: () => true,
    enabled: true,
    strict: false,
    runtime: 'import',
    withDecorated: true,
  } as const;
  return planFile(code, { file }, everything)?.regions.map(({ site }) => site) ?? [];
}

function originalSite(
  site: Place,
  outputFile: string,
  file: string,
  place: { readonly line: number; readonly column: number },
  originals: readonly SitePlan[],
): Place & Pick<Original, 'kind'> {
  const prefix = `${moduleName(outputFile)}.`;
  const isNamedByMark = !site.name.startsWith(prefix);
  const name = isNamedByMark ? site.name : `${moduleName(file)}.${site.name.slice(prefix.length)}`;
  const isClose = (other: SitePlan): boolean => Math.abs(other.line - place.line) <= 1;
  const made = madeAs(site);
  const alike = made === '' ? originals : originals.filter((other) => madeAs(other) === made);
  const original =
    originals.find((other) => other.name === name && isClose(other)) ??
    alike.find((other) => other.line === place.line && other.column === place.column) ??
    nearest(
      alike.filter((other) => isAnonymous(other) === isAnonymous(site) && other.line === place.line),
      place.column,
    );
  if (!original) return { name, line: place.line, column: place.column, kind: undefined };
  const { kind, line, column } = original;
  return { name: isNamedByMark ? site.name : original.name, kind, line, column };
}

/**
 * What compilers make where the source has none: a constructor for the initialisers of fields, accessors for an `accessor`. They
 * are no other member of the class, however near it stands.
 */
function madeAs({ name }: Place): string {
  return /\.(constructor|get|set)(?: [^.]*)?$/.exec(name)?.[1] ?? '';
}

function isAnonymous({ name }: Place): boolean {
  return /<anonymous>@\d+:\d+$/.test(name);
}

function nearest(sites: readonly SitePlan[], column: number): SitePlan | undefined {
  return sites.toSorted((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0];
}
