import type { SourceMapInput } from '@jridgewell/trace-mapping';
import type { ResolvedOptions } from '../options.ts';
import { traceMapOf, sourceOf } from './map-sources.ts';
import { withOriginalSites } from './original.ts';
import { planFile } from './plan-file.ts';
import type { FileInfo, FilePlan, SitePlan } from './plan.ts';

/**
 * Plans a file: as it is where no map came with it, else as a compiler's output, and selects in it what is marked in its
 * sources too: a compiler may drop the comment (`removeComments`), or move the function away from it (a field into the
 * constructor, a private method out of the class). Blocks and decorators are not looked for: a lowered decorator measures
 * at run time.
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
  if (options.functions === 'all' || !options.enabled || !options.includes(info.file)) return first;

  const { marked: missing, areAllOfUse } = markedInSources(info, inputMap, options);
  for (const { site } of first?.regions ?? []) missing.delete(site.name);
  if (missing.size === 0) return first && areAllOfUse ? withoutStrayMarks(first) : first;

  const found = new Map<string /* name in the output */, SitePlan>();
  const [own, original] = plan({ ...options, functions: 'all', matches: undefined, strict: false }) ?? [];
  for (const [index, { site }] of original?.regions.entries() ?? []) {
    const wanted = missing.get(site.name);
    const name = own?.regions[index]?.site.name;
    // A lowered async function is two functions: the outer one comes first, and is the one that is called.
    if (!wanted || name === undefined || !missing.delete(site.name)) continue;
    found.set(name, wanted);
  }
  if (found.size === 0) return first;
  const { matches } = options;
  const [chosen, result] =
    plan({ ...options, matches: (name) => found.has(name) || (matches?.(name) ?? false) }) ?? [];
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

/** Functions that the sources select, by their name, and whether each mark there is known to select some. */
function markedInSources(
  info: FileInfo,
  inputMap: SourceMapInput,
  options: ResolvedOptions,
): { readonly marked: Map<string, SitePlan>; readonly areAllOfUse: boolean } {
  const marked = new Map<string, SitePlan>();
  let areAllOfUse = true;
  const map = traceMapOf(inputMap);
  for (const name of map?.resolvedSources ?? []) {
    const source = map && name ? sourceOf(map, name, info.file, options.root) : undefined;
    if (!source) continue;
    const { file, text } = source;
    // The output is let in by the options' globs; what it was made from comes with it.
    const plan = planFile(text, { file }, { ...options, includes: () => true, strict: false });
    if (text === '' || plan?.diagnostics.some(({ code }) => code === 'TKA101')) areAllOfUse = false;
    for (const { site, block } of plan?.regions ?? []) {
      const isDecorated = site.reason === 'decorator' || site.reason === 'class-decorator';
      if (!block && !isDecorated) marked.set(site.name, site);
    }
  }
  return { marked, areAllOfUse };
}
