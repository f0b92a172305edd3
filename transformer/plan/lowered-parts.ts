import { anonymousName, moduleName, UniqueNames } from './names.ts';
import type { RegionPlan } from './plan.ts';

/** A function of a compiler's output, as it is there and as its source has it. */
export interface Traced {
  readonly own: RegionPlan;
  readonly original: RegionPlan;
}

/**
 * Tells apart what a compiler has made of one function: of an async one or a generator two, one in the other, or three, of which
 * the outermost is the one that is called; and helpers of its own, which some map to the source's first function. Each of
 * the others has a row of its own: called when the function goes on, or never by it, it would be counted as one more call. Copies
 * of one function stay one row.
 *
 * @param outputFile - Relative to the root.
 * @returns The regions, in order, with their sources' names where they are those functions.
 */
export function withParts(traced: readonly Traced[], outputFile: string): RegionPlan[] {
  const names = new UniqueNames();
  const byName = new Map<string, Traced[]>();
  for (const each of traced) {
    const { name } = each.original.site;
    byName.set(name, [...(byName.get(name) ?? []), each]);
    names.claim(name, each.original.site);
  }
  return traced.map(({ own, original }) => {
    const alike = byName.get(original.site.name) ?? [];
    if (alike.length === 1 || original.block) return original;
    const isPart = alike.some((other) => other.own !== own && isWithin(own, other.own));
    const isHelper = !isPart && alike.some(isNamed) && !isNamed({ own, original });
    if (!isPart && !isHelper) return original;
    const name = isPart
      ? `${original.site.name}.${anonymousName(own.site)}`
      : `${moduleName(original.site.file ?? outputFile)}${own.site.name.slice(moduleName(outputFile).length)}`;
    const { kind } = own.site;
    return { ...original, site: { ...original.site, name: names.claim(name, own.site), kind } };
  });
}

function isWithin(inner: RegionPlan, outer: RegionPlan): boolean {
  return outer.bodyStart <= inner.bodyStart && inner.bodyEnd <= outer.bodyEnd;
}

/** Whether the output calls it as the source does, as far as the last part of its name tells. */
function isNamed({ own, original }: Traced): boolean {
  return lastPart(own.site.name) === lastPart(original.site.name);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
