/** Svelte's modules with runes, in which it has every name that begins with `$` for itself. */
import type { Node } from 'oxc-parser';

/** Whether Svelte compiles a file as such a module: `counter.svelte.ts`. */
export function isRuneModule(file: string): boolean {
  return /\.svelte\.(?:[^/]*\.)?[jt]s$/.test(file);
}

/**
 * The field that a constructor declares by a rune, `this.count = $state(0)`, if any. Svelte takes that for a declaration
 * only among the constructor's own statements; elsewhere it is an error.
 * Source: https://svelte.dev/docs/svelte/$state#Classes
 */
export function runeField(body: readonly Node[]): string | undefined {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression')
      continue;
    const { left, right } = statement.expression;
    if (left.type !== 'MemberExpression' || left.object.type !== 'ThisExpression') continue;
    if (right.type !== 'CallExpression' || !isRune(right.callee)) continue;
    const { property } = left;
    return property.type === 'Identifier' || property.type === 'PrivateIdentifier' ? property.name : '[…]';
  }
  return undefined;
}

/** `$state`, `$state.raw`, `$derived`, `$derived.by`. */
function isRune(callee: Node): boolean {
  const name = callee.type === 'MemberExpression' ? callee.object : callee;
  return name.type === 'Identifier' && /^\$(?:state|derived)$/.test(name.name);
}
