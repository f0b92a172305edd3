import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import {
  originalPositionFor,
  sourceContentFor,
  type SourceMapInput,
  TraceMap,
} from '@jridgewell/trace-mapping';
import { moduleName } from './names.ts';
import { toSlashes } from '../options.ts';
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
 * @param inputMap the map that came with the output; its sources are relative to the output's folder
 * @param root what the plan's file is relative to
 */
export function withOriginalSites(plan: FilePlan, inputMap: SourceMapInput, root: string): FilePlan {
  const map = readMap(inputMap);
  if (!map) return plan; // the output's own names are the best there are
  const originals = new Map<string /* source as the map names it */, readonly SitePlan[]>();
  const regions = plan.regions.map((region): RegionPlan => {
    const { site } = region;
    const traced = originalPositionFor(map, { line: site.line, column: site.column });
    if (traced.source === null) return region;
    const path = pathOf(traced.source, plan.file);
    let known = originals.get(traced.source);
    if (!known) {
      known = functionsOf(sourceText(map, traced.source, plan.file, root), path);
      originals.set(traced.source, known);
    }
    const original = originalSite(site, plan.file, path, traced, known);
    return { ...region, site: { ...original, file: path } };
  });
  const file = regions.find(({ site }) => site.file)?.site.file ?? plan.file;
  return { ...plan, file, regions: regions.map((region) => inFile(file, region, plan.file)) };
}

/** A site names its file where that is another one than the plan's. */
function inFile(file: string, region: RegionPlan, outputFile: string): RegionPlan {
  const { file: own = outputFile, ...site } = region.site;
  return { ...region, site: own === file ? site : { ...site, file: own } };
}

/** @returns `undefined` where it is not a source map */
export function readMap(inputMap: SourceMapInput): TraceMap | undefined {
  try {
    return new TraceMap(inputMap);
  } catch {
    return undefined;
  }
}

/** Path of a map's source, relative to the root as the output's path is. */
export function pathOf(source: string, outputFile: string): string {
  return join(dirname(outputFile), toSlashes(source));
}

/**
 * Text of a map's source. Compilers leave it out of the map unless told otherwise; then it stands where the map says.
 * @returns `''` where it is nowhere
 */
export function sourceText(map: TraceMap, source: string, outputFile: string, root: string): string {
  const own = sourceContentFor(map, source);
  if (own !== null) return own;
  try {
    const isUrl = source.startsWith('file:');
    return readFileSync(isUrl ? fileURLToPath(source) : resolve(root, pathOf(source, outputFile)), 'utf8');
  } catch {
    return '';
  }
}

function functionsOf(code: string, file: string): readonly SitePlan[] {
  const everything = {
    functions: 'all',
    matches: undefined,
    includes: () => true,
    enabled: true,
    strict: false,
    runtime: 'import',
  } as const;
  return planFile(code, { file }, everything)?.regions.map(({ site }) => site) ?? [];
}

function originalSite(
  site: SitePlan,
  outputFile: string,
  file: string,
  place: { readonly line: number; readonly column: number },
  originals: readonly SitePlan[],
): SitePlan {
  const prefix = `${moduleName(outputFile)}.`;
  const isNamedByMark = !site.name.startsWith(prefix);
  const name = isNamedByMark ? site.name : `${moduleName(file)}.${site.name.slice(prefix.length)}`;
  const isClose = (other: SitePlan): boolean => Math.abs(other.line - place.line) <= 1;
  const original =
    originals.find((other) => other.name === name && isClose(other)) ??
    originals.find((other) => other.line === place.line && other.column === place.column) ??
    nearest(
      originals.filter((other) => isAnonymous(other) === isAnonymous(site) && other.line === place.line),
      place.column,
    );
  if (!original) return { ...site, name, line: place.line, column: place.column };
  const { kind, line, column } = original;
  return { ...site, name: isNamedByMark ? site.name : original.name, kind, line, column };
}

function isAnonymous({ name }: SitePlan): boolean {
  return /<anonymous>@\d+:\d+$/.test(name);
}

function nearest(sites: readonly SitePlan[], column: number): SitePlan | undefined {
  return sites.toSorted((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0];
}
