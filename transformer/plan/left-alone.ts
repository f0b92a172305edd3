import type { PassedOver, Walk } from './context.ts';
import type { Hazard } from './hazards.ts';
import type { SelectionReason } from './plan.ts';

/** A selected function whose body must stay as it is. */
interface LeftAlone extends Omit<PassedOver, 'ignored' | 'hazard'> {
  readonly hazard: Hazard;
  readonly reason: SelectionReason;
  /** React Compiler compiles it, and no function around it. */
  readonly isOuterCompiled: boolean;
}

/** Reasons that name a function, and not all of a file's. */
const ASKED_FOR: ReadonlySet<SelectionReason> = new Set([
  'mark',
  'decorator',
  'class-mark',
  'class-decorator',
  'match',
]);

/** Reasons that nobody has written into the file: what they select is told in bulk. */
const BY_OPTION: ReadonlySet<SelectionReason> = new Set(['exported', 'all']);

/** Tells that a function is left alone, or notes it for {@link tellInBulk}. */
export function leaveAlone(walk: Walk, { reason, isOuterCompiled, ...left }: LeftAlone): void {
  const { name, start, hazard } = left;
  const passed = { ...left, ignored: false };
  const alike = walk.leftAlone.get(hazard.code);
  if (!isTold(hazard, reason, isOuterCompiled)) walk.onPassedOver?.(passed);
  else if (!BY_OPTION.has(reason)) walk.input.report(hazard.code, start, [name, ...hazard.args]);
  else if (alike) alike.push(passed);
  else walk.leftAlone.set(hazard.code, [passed]);
}

/**
 * Whether it is told that a function is left alone: one that was asked for itself; of others neither what compilers write for
 * each name that is exported on, nor each function in a component that is left alone.
 */
function isTold({ code }: Hazard, reason: SelectionReason, isOuterCompiled: boolean): boolean {
  if (ASKED_FOR.has(reason)) return true;
  return code === 'TKA214' ? isOuterCompiled : code !== 'TKA209';
}

/** Of the functions that an option has selected and that are left alone for one reason, the first is told, and how many. */
export function tellInBulk(walk: Walk): void {
  for (const [code, alike] of walk.leftAlone) {
    const [first, ...others] = alike.toSorted((a, b) => a.start - b.start);
    if (!first) continue;
    walk.input.report(code, first.start, [first.name, ...(first.hazard?.args ?? [])], alike.length);
    for (const other of others) walk.onPassedOver?.(other);
  }
}
