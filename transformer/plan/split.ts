import type { Directive, Program, Statement } from 'oxc-parser';
import { boundNames } from './ast.ts';
import type { Split } from './plan.ts';

/**
 * Statements to which nothing may be added in a module whose exports are taken out of it, see `FileInfo.split`: an
 * emitted call names the functions at the head of the file, and what names the same things stays together. Other exports do
 * stay together, in the module that is left; what is not exported itself may be needed on both sides.
 */
export function splitStatements(
  { body }: Program,
  split: Split | undefined,
): ReadonlySet<Directive | Statement> {
  if (!split) return new Set();
  const { exports } = split;
  if (exports === 'all') return new Set(body);
  const isSplit = (statement: Directive | Statement): boolean =>
    exportsOf(statement).some((name) => exports.includes(name));
  if (!body.some(isSplit)) return new Set();
  return new Set(body.filter((statement) => !declaresExport(statement) || isSplit(statement)));
}

function declaresExport(statement: Directive | Statement): boolean {
  if (statement.type === 'ExportNamedDeclaration') return statement.declaration !== null;
  return statement.type === 'ExportDefaultDeclaration';
}

/** Names under which a statement exports something, but for `default`. */
function exportsOf(statement: Directive | Statement): readonly string[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const { declaration, specifiers } = statement;
  if (declaration?.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) => boundNames(id));
  if (declaration && 'id' in declaration && declaration.id?.type === 'Identifier')
    return [declaration.id.name];
  return specifiers.map(({ exported }) => (exported.type === 'Literal' ? exported.value : exported.name));
}
