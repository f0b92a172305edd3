import type { CallExpression, Node, Program } from 'oxc-parser';
import { declaredNames } from './declared-names.ts';

/** Local names by which a file reaches Jest's object. */
export interface JestBindings {
  readonly objects: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

/** Finds Jest's object: a global, unless the file declares its name, or an import from `@jest/globals`. */
export function findJest(program: Program): JestBindings {
  const objects = new Set<string>();
  const namespaces = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' || statement.source.value !== '@jest/globals') continue;
    for (const specifier of statement.specifiers) {
      if (specifier.type !== 'ImportSpecifier') namespaces.add(specifier.local.name);
      else if (specifier.imported.type === 'Identifier' && specifier.imported.name === 'jest')
        objects.add(specifier.local.name);
    }
  }
  if (!declaredNames(program.body).has('jest')) objects.add('jest');
  return { objects, namespaces };
}

/**
 * The factory of `jest.mock('./module', factory)`. babel-plugin-jest-hoist moves the call before the imports, and fails
 * where the factory uses what is not its own, a global, or named `mock…`: it would take our names for such.
 * Source: https://github.com/jestjs/jest/blob/main/packages/babel-plugin-jest-hoist/src/index.ts
 */
export function mockFactory(node: CallExpression, jest: JestBindings): Node | undefined {
  return isJestCall(node, 'mock', jest) ? node.arguments[1] : undefined;
}

/** A call of a method of Jest's object, or of what such a call returns: the object again. */
function isJestCall({ callee }: CallExpression, method: string | undefined, jest: JestBindings): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  const { object, property, computed } = callee;
  if (computed || (method !== undefined && property.name !== method)) return false;
  if (object.type === 'CallExpression') return isJestCall(object, undefined, jest);
  if (object.type === 'Identifier') return jest.objects.has(object.name);
  return (
    object.type === 'MemberExpression' &&
    object.object.type === 'Identifier' &&
    jest.namespaces.has(object.object.name) &&
    object.property.type === 'Identifier' &&
    object.property.name === 'jest'
  );
}
