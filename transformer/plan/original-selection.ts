import type { SourceMapInput } from '@jridgewell/trace-mapping';
import type { ResolvedOptions } from '../options.ts';
import { traceMapOf, sourceOf } from './map-sources.ts';
import { withOriginalSites } from './original.ts';
import { planFile } from './plan-file.ts';
import type { FileInfo, FilePlan, RegionPlan, SitePlan } from './plan.ts';

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
  const plan = (own: ResolvedOptions): readonly [FilePlan, FilePlan] | undefined => {
    const planned = planFile(code, info, own);
    return planned && [planned, withOriginalSites(planned, inputMap, options.root)];
  };
  const first = plan(options)?.[1];
  if (!options.enabled || !options.includes(info.file)) return first;

  const { marked: missing, decorated, areAllOfUse } = readSources(info, inputMap, options);
  const isTwice = ({ site }: RegionPlan): boolean => decorated.has(site.name);
  const areSome = first?.regions.some(isTwice) === true;
  for (const { site } of first?.regions ?? []) missing.delete(site.name);
  if (missing.size === 0 && !areSome) return first && areAllOfUse ? withoutStrayMarks(first) : first;

  const found = new Map<string /* name in the output */, SitePlan>();
  const measured = new Set<string /* name in the output */>();
  const [own, original] = plan({ ...options, functions: 'all', matches: undefined, strict: false }) ?? [];
  for (const [index, region] of original?.regions.entries() ?? []) {
    const { site } = region;
    const wanted = missing.get(site.name);
    const name = own?.regions[index]?.site.name;
    if (name === undefined) continue;
    if (isTwice(region)) measured.add(name);
    // A lowered async function is two functions: the outer one comes first, and is the one that is called.
    if (wanted && missing.delete(site.name)) found.set(name, wanted);
  }
  if (found.size === 0 && !areSome) return first;
  const { matches } = options;
  const [chosen, result] =
    plan({
      ...options,
      matches: (name) => found.has(name) || (matches?.(name) ?? false),
      isMeasured: (name) => measured.has(name),
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

/** Where all that is marked was found, a comment that stands before nothing is one that the compiler has moved. */
function withoutStrayMarks(plan: FilePlan): FilePlan {
  return { ...plan, diagnostics: plan.diagnostics.filter(({ code }) => code !== 'TKA101') };
}

/**
 * Functions that the sources select, by their name, and whether each mark there is known to select some; and those that a
 * decorator of ours measures. Where the options select all functions, the former are none.
 */
function readSources(
  info: FileInfo,
  inputMap: SourceMapInput,
  options: ResolvedOptions,
): {
  readonly marked: Map<string, SitePlan>;
  readonly decorated: ReadonlySet<string>;
  readonly areAllOfUse: boolean;
} {
  const marked = new Map<string, SitePlan>();
  const decorated = new Set<string>();
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
    for (const each of plan?.decorated ?? []) decorated.add(each);
    for (const { site, block } of plan?.regions ?? []) if (!areAll && !block) marked.set(site.name, site);
  }
  for (const name of decorated) marked.delete(name);
  return { marked, decorated, areAllOfUse };
}
