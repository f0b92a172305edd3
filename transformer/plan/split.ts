import type { Directive, ExportSpecifier, Program, Statement } from 'oxc-parser';
import { boundNames } from './ast.ts';
import { declaredNames } from './declared-names.ts';
import type { Split } from './plan.ts';
import { exportedNames } from './selection.ts';

/**
 * Statements to which nothing may be added in a module whose exports are taken out of it, see `FileInfo.split`: an
 * emitted call names the functions at the head of the file, and what names the same things stays together. Other exports do
 * stay together, in the module that is left; what is not exported itself may be needed on both sides.
 */
export function splitStatements(
  program: Program,
  split: Split | undefined,
): ReadonlySet<Directive | Statement> {
  const { body } = program;
  if (!split) return new Set();
  const { exports } = split;
  if (exports === 'all') return new Set(body);
  const isSplit = (statement: Directive | Statement): boolean =>
    exportsOf(statement).some(([exported]) => exports.includes(exported));
  if (!body.some(isSplit)) return new Set();
  const kept = exportedNames(program);
  for (const [exported, local] of body.flatMap(exportsOf)) if (exports.includes(exported)) kept.delete(local);
  const isKept = (statement: Directive | Statement): boolean =>
    declaresExport(statement) || [...declaredNames([statement])].some((name) => kept.has(name));
  return new Set(body.filter((statement) => isSplit(statement) || !isKept(statement)));
}

function declaresExport(statement: Directive | Statement): boolean {
  if (statement.type === 'ExportNamedDeclaration') return statement.declaration !== null;
  return statement.type === 'ExportDefaultDeclaration';
}

/** Names under which a statement exports something, but for `default`, and those that it has in the module. */
function exportsOf(
  statement: Directive | Statement,
): readonly (readonly [exported: string, local: string])[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const { declaration, specifiers } = statement;
  if (declaration?.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) => boundNames(id)).map((name) => [name, name]);
  if (declaration && 'id' in declaration && declaration.id?.type === 'Identifier')
    return [[declaration.id.name, declaration.id.name]];
  return specifiers.map(({ exported, local }) => [nameOf(exported), nameOf(local)]);
}

function nameOf(name: ExportSpecifier['exported']): string {
  return name.type === 'Literal' ? name.value : name.name;
}
