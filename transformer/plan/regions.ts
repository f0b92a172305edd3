import type { CatchPlan, FilePlan, JumpTarget, RegionPlan, SitePlan } from './plan.ts';
import type { OpenRegion, Scope, Suspending } from './scope.ts';
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
      | 'infersName'
      | 'innerStart'
      | 'openDirective'
      | 'disposes'
      | 'labelStart'
      | 'argumentsText'
    > {
  readonly region: OpenRegion;
  readonly position: Position;
}

/** A catch clause and the regions around it in the same function, from the inner to the outer. */
export interface DraftCatch extends Omit<CatchPlan, 'region'> {
  readonly within: readonly OpenRegion[];
}

/** Numbers the sites in source order and settles which jumps and suspensions concern which of them. */
export function finishRegions(
  drafts: readonly DraftRegion[],
  scopes: readonly Scope[],
  draftCatches: readonly DraftCatch[],
): Pick<
  FilePlan,
  'regions' | 'jumps' | 'suspensions' | 'forAwaits' | 'awaitUsings' | 'disposals' | 'finallies' | 'catches'
> {
  const ordered = drafts.toSorted((a, b) => a.bodyStart - b.bodyStart);
  const indices = new Map<OpenRegion, number>(ordered.map((draft, index) => [draft.region, index]));
  const numbersOf = (regions: readonly OpenRegion[], has: (region: OpenRegion) => boolean): number[] =>
    regions.flatMap((region) => {
      const index = indices.get(region);
      return index !== undefined && has(region) ? [index] : [];
    });
  const isLabelled = ({ shape }: OpenRegion): boolean => shape !== 'close';
  const canSuspend = ({ shape }: OpenRegion): boolean => shape !== 'flag';

  const jumps: FilePlan['jumps'][number][] = [];
  const targets = new Map<number /* site index */, JumpTarget[]>();
  for (const scope of scopes) {
    for (const { type, label, start, end, argument, leaves } of scope.jumps) {
      const regions = numbersOf(leaves, isLabelled);
      if (regions.length === 0) continue;
      // What can be called off is forgotten behind the body's last statement.
      const isLast = leaves.some(({ lastReturn, revocable }) => lastReturn === start && !revocable);
      jumps.push({ type, label, start, end, argument, isLast, regions });
      if (isLast) continue;
      for (const [depth, index] of regions.entries()) {
        const target: JumpTarget = { type, label, regions: regions.slice(depth + 1) };
        const known = targets.get(index);
        if (!known) targets.set(index, [target]);
        else if (!known.some((other) => isSameTarget(other, target))) known.push(target);
      }
    }
  }
  /** Those of them that suspend a site. */
  const settled = <Point extends Suspending<{ regions: unknown }>>(
    points: (scope: Scope) => readonly Point[],
  ) =>
    scopes.flatMap((scope) =>
      points(scope).flatMap(({ within, ...point }) => {
        const regions = numbersOf(within, canSuspend);
        return regions.length > 0 ? [{ ...point, regions }] : [];
      }),
    );

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
      infersName: draft.infersName,
      innerStart: draft.innerStart,
      openDirective: draft.openDirective,
      labelled: jumpsOut.length > 0,
      disposes: draft.disposes,
      labelStart: draft.labelStart,
      returnsValue: region.returnsValue,
      mayReturnPromise: region.mayReturnPromise,
      revocable: region.revocable,
      argumentsText: draft.argumentsText,
      jumps: region.block ? jumpsOut : [],
    };
  });
  const catches = draftCatches.map(({ within, ...clause }) => ({
    ...clause,
    region: numbersOf(within, canSuspend)[0],
  }));
  return {
    regions,
    jumps,
    suspensions: settled((scope) => scope.suspensions),
    forAwaits: settled((scope) => scope.forAwaits),
    awaitUsings: settled((scope) => scope.awaitUsings),
    disposals: settled((scope) => scope.disposals),
    finallies: settled((scope) => scope.finallies),
    catches,
  };
}

/** Jumps to the same place leave a block by the same number. */
export function isSameTarget(a: JumpTarget, b: JumpTarget): boolean {
  return a.type === b.type && a.label === b.label;
}
