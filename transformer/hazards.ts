import type { Node } from 'oxc-parser';
import type { DiagnosticCode } from './diagnostics.ts';
import type { Scope } from './scope.ts';

/** Why a body must stay as it is. */
export interface Hazard {
  readonly code: DiagnosticCode;
  readonly args: readonly string[];
}

/**
 * Whether a function body can move into a `try` block without a change of meaning.
 *
 * There its function declarations become lexical (ECMAScript 14.2.1, and B.3.2 for sloppy code): a name declared
 * twice is then a SyntaxError, a nested block's function no longer reaches the outer one, and sloppy `eval` may not
 * declare a variable of that name.
 */
export function functionHazard(scope: Scope): Hazard | undefined {
  for (const [name, { count, plain }] of scope.functions) {
    const twice = count > 1 && (scope.strict || !plain);
    if (twice || scope.vars.has(name) || (!scope.strict && scope.nestedFunctions.has(name))) {
      return { code: 'TKA202', args: [name] };
    }
  }
  if (scope.functions.size > 0 && scope.callsEval && !scope.strict) return { code: 'TKA203', args: [] };
  return undefined;
}

/**
 * A derived constructor with `return`s is labelled behind its `super(…)` statement, because TypeScript looks for
 * that call among the statements of a `try` block but not of a labelled one.
 * @returns the offset behind the statement, or a hazard where there is no such place.
 */
export function labelBehindSuper(body: readonly Node[], scope: Scope): number | Hazard {
  const index = body.findIndex((statement) => isSuperCall(statement));
  const call = body[index];
  const isLate = call && scope.jumps.every((jump) => jump.start >= call.end);
  if (!isLate || (index >= 0 && scope.functions.size > 0)) return { code: 'TKA205', args: [] };
  return call.end;
}

function isSuperCall(statement: Node): boolean {
  return (
    statement.type === 'ExpressionStatement' &&
    statement.expression.type === 'CallExpression' &&
    statement.expression.callee.type === 'Super'
  );
}
