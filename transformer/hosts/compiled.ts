import remapping, { type SourceMapInput } from '@jridgewell/remapping';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { emitFile } from '../emit/emit.ts';
import { isInstrumented, relativeTo } from '../index.ts';
import type { ResolvedOptions } from '../options.ts';
import { lowering } from '../plan/lowered.ts';
import { originalFinder } from '../plan/original.ts';
import { planFile } from '../plan/plan-file.ts';
import type { RegionPlan, SitePlan } from '../plan/plan.ts';
import { LineIndex, placeKey, type Position } from '../plan/source.ts';
import { printText } from '../emit/text.ts';
import type { InstrumentedText, ReportDiagnostic, SourceFile } from './file-instrumenter.ts';

/**
 * Instruments a file that another loader (tsx, say) has compiled in memory before we saw it, comments and so marks
 * gone: what to select is decided from the file as it is on disk, and found again in the compiled code by the place
 * of the function or its body in the incoming map; where there is none, by its name. Marked blocks are found where their
 * comment is there still.
 *
 * @param code the compiled code
 * @param original the file's own text
 * @returns `undefined` where the code stays as it is
 */
export function instrumentCompiled(
  code: string,
  original: string,
  { file, format, runtimeId, inputMap }: SourceFile,
  options: ResolvedOptions,
  report: ReportDiagnostic,
): InstrumentedText | undefined {
  if (isInstrumented(code)) return undefined;
  const path = relativeTo(options.root, file);
  const wanted = planFile(original, { file: path }, options);
  for (const diagnostic of wanted?.diagnostics ?? []) report(diagnostic);
  if (!wanted || wanted.regions.length === 0) return undefined;
  const sites = placesOf(original, wanted.regions);
  const isMeasured = lowering(code);
  const decorated = new Set(wanted.decorated.filter(({ as }) => isMeasured(as)).map(placeKey));

  const everything = { ...options, functions: 'all', matches: undefined, strict: false } as const;
  const map = inputMap && new TraceMap(inputMap as SourceMapInput);
  const found = new Map<string /* name in the compiled code */, SitePlan>();
  const all = planFile(code, { file: path, format }, everything);
  // A decorator that is there still is inlined; one that the other loader has lowered measures at run time.
  const kept = new Set(all?.decorated.map(placeKey));
  const measured = new Set<string /* place in the compiled code */>();
  const lines = new LineIndex(code);
  for (const region of all?.regions ?? []) {
    const place = placeKey(region.site);
    const site =
      sites.get(trace(map, region.site)) ??
      sites.get(trace(map, lines.positionOf(region.bodyStart))) ??
      namedAlike(map, region.site, wanted.regions);
    if (!site) continue;
    if (decorated.has(placeKey(site)) && !kept.has(place)) measured.add(place);
    else found.set(region.site.name, site);
  }
  const selected = {
    ...everything,
    functions: 'marked',
    matches: (name: string) => found.has(name),
    isMeasured: (begin: Position) => measured.has(placeKey(begin)),
  } as const;
  const plan = planFile(code, { file: path, format, runtimeId }, selected);
  const planned = plan?.regions ?? [];
  for (const { site, bodyStart: start } of lostOf(wanted.regions, planned, found)) {
    const { name, line, column } = site;
    if (!decorated.has(placeKey(site)))
      report({ code: 'TKA217', file: path, start, line, column, args: [name], severity: 'warning' });
  }
  if (!plan || planned.length === 0) return undefined;
  const originalOf = inputMap
    ? originalFinder(path, inputMap as SourceMapInput, options.root)
    : () => undefined;
  const regions = planned.map((region) => ({ ...region, site: renamed(region.site, found, originalOf) }));
  const text = printText(code, emitFile({ ...plan, regions }));
  return {
    code: text.code,
    get map() {
      const own = text.mapTo(path, false);
      return inputMap
        ? remapping([own as unknown as SourceMapInput, inputMap as SourceMapInput], () => null)
        : own;
    },
  };
}

function placesOf(code: string, regions: readonly RegionPlan[]): Map<string /* line:column */, SitePlan> {
  const lines = new LineIndex(code);
  const places = new Map<string, SitePlan>();
  for (const { site, bodyStart, block } of regions) {
    if (block) continue;
    places.set(placeKey(site), site);
    places.set(placeKey(lines.positionOf(bodyStart)), site);
  }
  return places;
}

/**
 * The only function of the same name, in the line that the map tells: TypeScript's has for an exported function the place of the
 * word before it, and none for the beginning of its body.
 */
function namedAlike(
  map: TraceMap | undefined,
  { name, ...place }: SitePlan,
  regions: readonly RegionPlan[],
): SitePlan | undefined {
  const line = map && originalPositionFor(map, place).line;
  const [found, ...others] = regions.filter(
    ({ block, site }) => !block && site.name === name && (map === undefined || site.line === line),
  );
  return others.length === 0 ? found?.site : undefined;
}

function trace(map: TraceMap | undefined, place: Position): string {
  const { line, column } = map ? originalPositionFor(map, place) : NOWHERE;
  return line === null ? '' : placeKey({ line, column });
}

const NOWHERE = { line: null, column: null } as const;

/** What has a mark of its own, and is not in the compiled code. */
function lostOf(
  wanted: readonly RegionPlan[],
  planned: readonly RegionPlan[],
  found: ReadonlyMap<string, SitePlan>,
): readonly RegionPlan[] {
  // Where the compiler has renamed some that a comment marks still, nobody knows which.
  if (planned.some(({ site, block }) => !block && !found.has(site.name))) return [];
  const names = new Set([...found.values(), ...planned.map(({ site }) => site)].map(({ name }) => name));
  return wanted.filter(({ site }) => site.reason === 'mark' && !names.has(site.name));
}

/** Of blocks, and of what a comment marks that is there still, the original is looked for by the map. */
function renamed(
  site: SitePlan,
  found: ReadonlyMap<string, SitePlan>,
  originalOf: ReturnType<typeof originalFinder>,
): SitePlan {
  const known = found.get(site.name);
  if (known) return { ...site, ...known, index: site.index };
  const { name, line, column, kind = site.kind } = originalOf(site) ?? site;
  return { ...site, name, line, column, kind };
}
