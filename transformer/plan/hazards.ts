import type { CallExpression, Node } from 'oxc-parser';
import { boundNames } from './ast.ts';
import type { DiagnosticCode } from '../diagnostics.ts';
import type { FilePlan } from './plan.ts';
import type { OpenRegion, Scope } from './scope.ts';

/** Why a body must stay as it is. */
export interface Hazard {
  readonly code: DiagnosticCode;
  readonly args: readonly string[];
}

/** Whether code may be added to a function or block at all. */
export function regionHazard(
  walk: {
    readonly withDepth: number;
    readonly asmDepth: number;
    readonly exportsDepth: number;
    readonly mockDepth: number;
    readonly componentDepth: number;
    readonly splitBy: string | undefined;
    readonly shadowed: string | undefined;
    readonly lastRequire: number;
  },
  region: Pick<OpenRegion, 'shape' | 'entangled'>,
  bodyStart: number,
): Hazard | undefined {
  if (walk.withDepth > 0) return { code: 'TKA201', args: [] };
  if (walk.asmDepth > 0) return { code: 'TKA204', args: [] };
  if (walk.exportsDepth > 0) return { code: 'TKA209', args: [] };
  if (walk.mockDepth > 0) return { code: 'TKA211', args: [] };
  if (walk.componentDepth > 0) return { code: 'TKA214', args: [] };
  if (walk.splitBy !== undefined) return { code: 'TKA216', args: [walk.splitBy] };
  if (walk.lastRequire >= bodyStart) return { code: 'TKA212', args: [] };
  if (walk.shadowed !== undefined) return { code: 'TKA206', args: [walk.shadowed] };
  if (region.entangled && region.shape !== 'close') return { code: 'TKA207', args: [] };
  return undefined;
}

/**
 * The emitted head needs these names; a file that declares one of its own is left alone. A module's own `Symbol` is no
 * property of `globalThis`, and the head goes by that.
 */
export function shadowedGlobal(
  declared: ReadonlySet<string>,
  format: FilePlan['format'],
): string | undefined {
  const needed = ['globalThis', ...{ esm: [], commonjs: ['require'], global: ['Symbol'] }[format]];
  return needed.find((name) => declared.has(name));
}

/** Whether a function is a component or a hook to React Compiler, as far as its name tells. */
export function isComponentOrHook(name: string, isMember: boolean): boolean {
  return !isMember && /^(?:use)?[A-Z]/.test(name);
}

/** Whether a hook is called, as far as its name tells: `useState()`, `React.useState()`. */
export function callsHook({ callee }: CallExpression): boolean {
  const name = callee.type === 'MemberExpression' ? callee.property : callee;
  return name.type === 'Identifier' && /^use[A-Z]/.test(name.name);
}

/**
 * Whether a function body can move into a `try` block without a change of meaning.
 *
 * There its function declarations become lexical (ECMAScript 14.2.1, and B.3.2 for sloppy code): a name declared
 * twice is then a SyntaxError, a nested block's function no longer reaches the outer one, and sloppy `eval` may not
 * declare a variable of that name.
 */
export function functionHazard(scope: Scope, body: readonly Node[]): Hazard | undefined {
  for (const [name, count] of scope.functions) {
    // Sloppy code may declare a plain function twice in a block, but many a compiler makes its output strict.
    if (count > 1 || scope.vars.has(name) || (!scope.strict && scope.nestedFunctions.has(name))) {
      return { code: 'TKA202', args: [name] };
    }
  }
  if (scope.functions.size > 0 && scope.callsEval && !scope.strict) return { code: 'TKA203', args: [] };
  const twice = parameterDeclaredAgain(scope, body);
  return twice === undefined ? undefined : { code: 'TKA210', args: [twice] };
}

/** `function f(a) { let a }` is a SyntaxError that a block around the body would make legal. */
function parameterDeclaredAgain({ node }: Scope, body: readonly Node[]): string | undefined {
  const lexical: string[] = [];
  for (const statement of body) {
    if (statement.type === 'ClassDeclaration' && statement.id) lexical.push(statement.id.name);
    else if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') {
      for (const { id } of statement.declarations) boundNames(id, lexical);
    }
  }
  if (lexical.length === 0) return undefined;
  const parameters = new Set(node?.params.flatMap((parameter) => boundNames(parameter)));
  return lexical.find((name) => parameters.has(name));
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

/**
 * Whether a call defines exports in a form that Node's lexer recognises to the letter, functions in it included:
 * `Object.defineProperty(exports, 'a', { get: function () { return b.a } })`, and
 * `Object.keys(b).forEach(function (key) { if (key === 'default' || …) return; exports[key] = b[key] })`.
 * Source: https://github.com/nodejs/cjs-module-lexer
 */
export function definesExports({ callee, arguments: [first] }: CallExpression): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || !first) return false;
  const { object, property } = callee;
  if (property.name === 'defineProperty') return isNamed(object, 'Object') && isExports(first);
  return (
    property.name === 'forEach' &&
    object.type === 'CallExpression' &&
    object.callee.type === 'MemberExpression' &&
    isNamed(object.callee.object, 'Object') &&
    isNamed(object.callee.property, 'keys') &&
    object.arguments[0]?.type === 'Identifier' &&
    passesDefaultOver(first)
  );
}

/** Every such loop that the lexer reads begins so: by it compilers spell `export * from`. */
function passesDefaultOver(callback: Node): boolean {
  if (callback.type !== 'FunctionExpression') return false;
  const [key] = callback.params;
  const statement = callback.body?.body[0];
  if (key?.type !== 'Identifier' || statement?.type !== 'IfStatement') return false;
  const test = statement.test.type === 'LogicalExpression' ? statement.test.left : statement.test;
  return (
    test.type === 'BinaryExpression' &&
    /^[=!]==$/.test(test.operator) &&
    isNamed(test.left, key.name) &&
    test.right.type === 'Literal' &&
    test.right.value === 'default'
  );
}

/** Whether a call requires a package or built-in module by its name: `require('fs')`, `` module.require(`a`) ``. */
export function requiresPackage({ callee, arguments: [name, ...others] }: CallExpression): boolean {
  const isRequire =
    isNamed(callee, 'require') ||
    (callee.type === 'MemberExpression' &&
      isNamed(callee.object, 'module') &&
      isNamed(callee.property, 'require'));
  if (!isRequire || !name || others.length > 0) return false;
  if (name.type === 'TemplateLiteral' && name.expressions.length > 0) return false;
  const text: unknown =
    name.type === 'TemplateLiteral' ? name.quasis[0]?.value.cooked : name.type === 'Literal' && name.value;
  return typeof text === 'string' && !/^[./]/.test(text);
}

function isExports(node: Node): boolean {
  return (
    isNamed(node, 'exports') ||
    (node.type === 'MemberExpression' && isNamed(node.object, 'module') && isNamed(node.property, 'exports'))
  );
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}
