import type { JumpPlan, JumpTarget, RegionPlan, SitePlan, YieldPlan } from './plan.ts';
import type { OpenRegion, Scope } from './scope.ts';
import type { Position } from './source.ts';

/** A region whose body has been walked and may be instrumented. */
export interface DraftRegion
  extends
    Pick<SitePlan, 'name' | 'kind' | 'reason' | 'options'>,
    Pick<
      RegionPlan,
      | 'bodyStart'
      | 'bodyEnd'
      | 'concise'
      | 'anonymous'
      | 'innerStart'
      | 'openDirective'
      | 'labelStart'
      | 'argumentsText'
    > {
  readonly region: OpenRegion;
  readonly position: Position;
}

/** Numbers the sites in source order and settles which jumps and yields concern which of them. */
export function finishRegions(
  drafts: readonly DraftRegion[],
  scopes: readonly Scope[],
): { regions: RegionPlan[]; jumps: JumpPlan[]; yields: YieldPlan[] } {
  const ordered = drafts.toSorted((a, b) => a.bodyStart - b.bodyStart);
  const indices = new Map<OpenRegion, number>(ordered.map((draft, index) => [draft.region, index]));
  const numbersOf = (regions: readonly OpenRegion[], closing: boolean): number[] =>
    regions.flatMap((region) => {
      const index = indices.get(region);
      return index !== undefined && (region.shape === 'close') === closing ? [index] : [];
    });

  const jumps: JumpPlan[] = [];
  const yields: YieldPlan[] = [];
  const targets = new Map<number /* site index */, JumpTarget[]>();
  for (const scope of scopes) {
    for (const { type, label, start, end, argument, leaves } of scope.jumps) {
      const regions = numbersOf(leaves, false);
      if (regions.length === 0) continue;
      jumps.push({ type, label, start, end, argument, regions });
      for (const [depth, index] of regions.entries()) {
        const target: JumpTarget = { type, label, regions: regions.slice(depth + 1) };
        const known = targets.get(index);
        if (!known) targets.set(index, [target]);
        else if (!known.some((other) => isSameTarget(other, target))) known.push(target);
      }
    }
    for (const { start, end, argument, within } of scope.yields) {
      const regions = numbersOf(within, true);
      if (regions.length > 0) yields.push({ start, end, argument, regions });
    }
  }

  const regions = ordered.map((draft, index): RegionPlan => {
    const { region, position, name, kind, reason, options } = draft;
    const jumpsOut = targets.get(index) ?? [];
    // Field by field: rest and spread of ten thousand such objects take a quarter of a second.
    return {
      site: { index, name, kind, line: position.line, column: position.column, reason, options },
      shape: region.shape,
      block: region.block,
      bodyStart: draft.bodyStart,
      bodyEnd: draft.bodyEnd,
      concise: draft.concise,
      anonymous: draft.anonymous,
      innerStart: draft.innerStart,
      openDirective: draft.openDirective,
      labelled: jumpsOut.length > 0,
      labelStart: draft.labelStart,
      returnsValue: region.returnsValue,
      mayReturnPromise: region.mayReturnPromise,
      revocable: region.revocable,
      argumentsText: draft.argumentsText,
      jumps: region.block ? jumpsOut : [],
    };
  });
  return { regions, jumps, yields };
}

/** Jumps to the same place leave a block by the same number. */
export function isSameTarget(a: JumpTarget, b: JumpTarget): boolean {
  return a.type === b.type && a.label === b.label;
}
