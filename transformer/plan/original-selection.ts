import type { SourceMapInput } from '@jridgewell/trace-mapping';
import type { ResolvedOptions } from '../options.ts';
import { traceMapOf, sourceOf } from './map-sources.ts';
import { lowering } from './lowered.ts';
import { originalFinder, withOriginalSites } from './original.ts';
import { planFile } from './plan-file.ts';
import type { FileInfo, FilePlan, RegionPlan, SitePlan } from './plan.ts';
import { placeKey, type Position } from './source.ts';

/** What a source with decorators of ours imports. */
const DECORATED_BY = 'tka-perf';

/**
 * Plans a file: as it is where no map came with it, else as a compiler's output, and selects in it what is marked in its
 * sources too: a compiler may drop the comment (`removeComments`), or move the function away from it (a field into the
 * constructor, a private method out of the class). Blocks are not looked for. What a lowered decorator measures at run time
 * is left alone, whatever else selects it.
 *
 * @returns the plan with the sites' original names, kinds and places
 */
export function planOutput(
  code: string,
  info: FileInfo,
  inputMap: SourceMapInput | undefined,
  options: ResolvedOptions,
): FilePlan | undefined {
  if (inputMap === undefined) return planFile(code, info, options);
  try {
    return planCompiled(code, info, inputMap, options);
  } catch {
    return planFile(code, info, options); // a map that is none costs the names, not the build
  }
}

function planCompiled(
  code: string,
  info: FileInfo,
  inputMap: SourceMapInput,
  options: ResolvedOptions,
): FilePlan | undefined {
  const originalOf = originalFinder(info.file, inputMap, options.root);
  const plan = (own: ResolvedOptions): readonly [FilePlan, FilePlan] | undefined => {
    const planned = planFile(code, info, own);
    return planned && [planned, withOriginalSites(planned, originalOf)];
  };
  const first = plan(options);
  if (!options.enabled || !options.includes(info.file)) return first?.[1];

  const { marked: missing, decorated, areAllOfUse } = readSources(code, info, inputMap, options);
  const isTwice = ({ site }: RegionPlan): boolean => decorated.has(placeOf(site, first?.[1].file));
  const areSome = first?.[1].regions.some(isTwice) === true;
  for (const { site } of first?.[1].regions ?? []) missing.delete(site.name);
  if (missing.size === 0 && !areSome) return first && areAllOfUse ? withoutStrayMarks(first[1]) : first?.[1];

  const found = new Map<string /* name in the output */, SitePlan>();
  const measured = new Set<string /* place in the output */>();
  const everything = { ...options, functions: 'all', matches: undefined, strict: false } as const;
  const [own, original] = (options.functions === 'all' ? first : plan(everything)) ?? [];
  // Whose decorator is there still, it is inlined.
  const kept = new Set(own?.decorated.map((each) => placeOf(each)));
  for (const [index, { site: named }] of original?.regions.entries() ?? []) {
    const site = own?.regions[index]?.site;
    if (!site) continue;
    const place = placeOf(site);
    if (decorated.has(placeOf(named, original?.file)) && !kept.has(place)) measured.add(place);
    const wanted = missing.get(named.name);
    // A lowered async function is two functions: the outer one comes first, and is the one that is called.
    if (wanted && missing.delete(named.name)) found.set(site.name, wanted);
  }
  if (found.size === 0 && measured.size === 0) return first?.[1];
  const { matches } = options;
  const [chosen, result] =
    plan({
      ...options,
      matches: (name) => found.has(name) || (matches?.(name) ?? false),
      isMeasured: (begin) => measured.has(placeOf(begin)),
    }) ?? [];
  return (
    result && {
      ...(areAllOfUse && missing.size === 0 ? withoutStrayMarks(result) : result),
      regions: result.regions.map((region, index) => {
        const wanted = found.get(chosen?.regions[index]?.site.name ?? '');
        if (!wanted) return region;
        return { ...region, site: { ...wanted, index: region.site.index } };
      }),
    }
  );
}

/** Where a function begins, as a key. */
function placeOf({ file, ...place }: Position & Pick<SitePlan, 'file'>, inFile = ''): string {
  return `${file ?? inFile}:${placeKey(place)}`;
}

/** Where all that is marked was found, a comment that stands before nothing is one that the compiler has moved. */
function withoutStrayMarks(plan: FilePlan): FilePlan {
  return { ...plan, diagnostics: plan.diagnostics.filter(({ code }) => code !== 'TKA101') };
}

/**
 * Functions that the sources select, by their name, and whether each mark there is known to select some; and those that a
 * decorator of ours measures. Where the options select all functions, the former are none.
 */
function readSources(
  code: string,
  info: FileInfo,
  inputMap: SourceMapInput,
  options: ResolvedOptions,
): {
  readonly marked: Map<string, SitePlan>;
  readonly decorated: ReadonlySet<string>;
  readonly areAllOfUse: boolean;
} {
  const marked = new Map<string, SitePlan>();
  const decorated = new Set<string /* place */>();
  const isMeasured = lowering(code);
  const areAll = options.functions === 'all';
  let areAllOfUse = !areAll;
  const map = traceMapOf(inputMap);
  for (const name of map?.resolvedSources ?? []) {
    const source = map && name ? sourceOf(map, name, info.file, options.root) : undefined;
    if (!source) continue;
    const { file, text } = source;
    if (areAll && !text.includes(DECORATED_BY)) continue;
    // The output is let in by the options' globs; what it was made from comes with it.
    const plan = planFile(text, { file }, { ...options, includes: () => true, strict: false });
    if (text === '' || plan?.diagnostics.some(({ code }) => code === 'TKA101')) areAllOfUse = false;
    for (const each of plan?.decorated ?? []) if (isMeasured(each.as)) decorated.add(placeOf(each, file));
    if (areAll) continue;
    for (const { site, block } of plan?.regions ?? [])
      if (!block && !decorated.has(placeOf(site, file))) marked.set(site.name, site);
  }
  return { marked, decorated, areAllOfUse };
}
