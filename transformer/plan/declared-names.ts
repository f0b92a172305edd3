import type { Node } from 'oxc-parser';
import { boundNames, forEachChild } from './ast.ts';

/** What can hold statements and has no `var`s of its own. */
const HOLDS_STATEMENTS: ReadonlySet<string> = new Set([
  'BlockStatement',
  'CatchClause',
  'DoWhileStatement',
  'ForInStatement',
  'ForOfStatement',
  'ForStatement',
  'IfStatement',
  'LabeledStatement',
  'SwitchCase',
  'SwitchStatement',
  'TryStatement',
  'WhileStatement',
  'WithStatement',
]);

/** Declarations that nothing is left of when the code runs. */
const TYPES_ONLY: ReadonlySet<string> = new Set([
  'TSDeclareFunction',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
]);

/**
 * Names that the statements of a body declare when they run: their own, and those of `var`s and functions in their
 * blocks, which sloppy code hoists (ECMAScript B.3.2).
 */
export function declaredNames(statements: readonly Node[]): Set<string> {
  const names: string[] = [];
  for (const statement of statements) {
    const isExport =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const node = (isExport && statement.declaration) || statement;
    if (TYPES_ONLY.has(node.type) || ('declare' in node && node.declare)) continue;
    if (node.type === 'VariableDeclaration') for (const { id } of node.declarations) boundNames(id, names);
    else if (node.type === 'ImportDeclaration')
      for (const { local } of node.specifiers) names.push(local.name);
    else if ('id' in node && node.id && 'name' in node.id) names.push(String(node.id.name));
    else hoist(node, names);
  }
  return new Set(names);
}

function hoist(node: Node, names: string[]): void {
  if (node.type === 'VariableDeclaration' && node.kind === 'var')
    for (const { id } of node.declarations) boundNames(id, names);
  else if (node.type === 'FunctionDeclaration' && node.id) names.push(node.id.name);
  else if (HOLDS_STATEMENTS.has(node.type)) forEachChild(node, (child) => hoist(child, names));
}
