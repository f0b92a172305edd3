import type { Decorator, Expression, Node, Program } from 'oxc-parser';
import { unwrap } from './ast.ts';
import type { OptionProblem } from '../mark-options.ts';
import { type MarkOptions, readDecoratorOptions } from '../mark-options.ts';
import { findShadows, isShadowed, type Shadows } from './shadows.ts';

/** Local names under which a file knows our decorator. */
export interface DecoratorBindings {
  readonly decorators: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly shadows: Shadows;
}

const EXPORTS = new Set(['monitor', 'monitorPerformance']);

/** Finds the imports of `monitor` and `monitorPerformance` from `tka-perf`, under any local name. */
export function findBindings(program: Program): DecoratorBindings {
  const decorators = new Set<string>();
  const namespaces = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' || statement.source.value !== 'tka-perf') continue;
    for (const specifier of statement.specifiers) {
      if (specifier.type !== 'ImportSpecifier') namespaces.add(specifier.local.name);
      else if (specifier.imported.type === 'Identifier' && EXPORTS.has(specifier.imported.name)) {
        decorators.add(specifier.local.name);
      }
    }
  }
  const names = new Set([...decorators, ...namespaces]);
  return { decorators, namespaces, shadows: names.size > 0 ? findShadows(program, names) : new Map() };
}

/** A decorator of ours: its options, or `undefined` where its argument is not a literal and it must run. */
export interface DecoratorMark {
  readonly start: number;
  readonly end: number;
  readonly options: MarkOptions | undefined;
  readonly problems: readonly OptionProblem[];
}

/** Reads a decorator; `undefined` where it is somebody else's. */
export function readDecorator(decorator: Decorator, bindings: DecoratorBindings): DecoratorMark | undefined {
  const { start, end } = decorator;
  const expression = unwrap(decorator.expression);
  if (expression.type !== 'CallExpression') {
    return isOurs(expression as Expression, bindings) ? { start, end, options: {}, problems: [] } : undefined;
  }
  const callee = unwrap(expression.callee) as Expression;
  if (!isOurs(callee, bindings)) return undefined;
  const [argument, ...rest] = expression.arguments;
  if (!argument) return { start, end, options: {}, problems: [] };
  const entries = rest.length === 0 ? literalEntries(unwrap(argument) as Expression) : undefined;
  if (!entries) return { start, end, options: undefined, problems: [{ code: 'TKA104', args: [] }] };
  const name = callee.type === 'Identifier' ? callee.name : 'monitor';
  return { start, end, ...readDecoratorOptions(entries, `@${name}`) };
}

function isOurs(expression: Expression, { decorators, namespaces, shadows }: DecoratorBindings): boolean {
  const isImported = (node: Node, names: ReadonlySet<string>): boolean =>
    node.type === 'Identifier' && names.has(node.name) && !isShadowed(shadows, node.name, node);
  if (expression.type === 'Identifier') return isImported(expression, decorators);
  return (
    expression.type === 'MemberExpression' &&
    !expression.computed &&
    isImported(expression.object, namespaces) &&
    expression.property.type === 'Identifier' &&
    EXPORTS.has(expression.property.name)
  );
}

/** Keys and values of an object of literals; `undefined` where anything in it must be computed. */
function literalEntries(expression: Expression): [string, unknown][] | undefined {
  if (expression.type !== 'ObjectExpression') return undefined;
  const entries: [string, unknown][] = [];
  for (const property of expression.properties) {
    if (property.type !== 'Property' || property.computed || property.method || property.kind !== 'init')
      return undefined;
    const key =
      property.key.type === 'Identifier'
        ? property.key.name
        : property.key.type === 'Literal'
          ? String(property.key.value)
          : undefined;
    const value = unwrap(property.value);
    if (key === undefined) return undefined;
    if (value.type === 'Literal') entries.push([key, value.value]);
    else if (value.type === 'TemplateLiteral' && value.expressions.length === 0)
      entries.push([key, value.quasis[0]?.value.cooked]);
    else return undefined;
  }
  return entries;
}
