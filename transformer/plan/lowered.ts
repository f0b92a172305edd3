import type { DecoratedFunction } from './plan.ts';

/** Helpers by which compilers run standard decorators: TypeScript's, esbuild's, SWC's, Babel's. */
const STANDARD = /\b(?:__esDecorate|__decorateElement|_?apply_?[dD]ecs)/;

/** Those which run a class's decorators before its static fields are set, as the language has it. esbuild does it after. */
const BEFORE_STATIC = /\b(?:__esDecorate|_?apply_?[dD]ecs)/;

/**
 * Which functions decorators of ours measure where they run, by how a compiler has lowered them.
 *
 * @param code - The compiler's output.
 */
export function lowering(code: string): (as: DecoratedFunction['as']) => boolean {
  const isStandard = STANDARD.test(code);
  const isBeforeStatic = BEFORE_STATIC.test(code);
  return (as) => {
    switch (as) {
      case 'member':
        return true;
      case 'field':
        return isStandard; // a legacy one reaches no field
      case 'static':
        return !isBeforeStatic;
      case 'partner':
        return !isStandard; // a legacy one has the descriptor of both
    }
  };
}
