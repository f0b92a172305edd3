import type { Node } from 'oxc-parser';
import type { Position } from './source.ts';

/** `src/cart` for `src/cart.ts`: the module part of a reported name. */
export function moduleName(file: string): string {
  return file.replace(/\.(?:d\.)?[cm]?[jt]sx?$/, '');
}

/** A function without a name of its own: `<anonymous>@41:7`, line and column from 1 as editors show them. */
export function anonymousName({ line, column }: Position): string {
  return `<anonymous>@${line}:${column + 1}`;
}

/** Name of a class or object member from its key: `total`, `#tax`, `0`, `[Symbol.iterator]`. */
export function keyName(key: Node, computed: boolean, code: string): string {
  if (!computed) {
    if (key.type === 'Identifier') return key.name;
    if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  }
  if (key.type === 'Literal' && (!computed || typeof key.value === 'string')) return String(key.value);
  const text = code.slice(key.start, key.end).replace(/\s+/g, ' ');
  return text.length <= 60 ? `[${text}]` : `[${text.slice(0, 59)}…]`;
}

/** Name given by an assignment: `handler` for `exports.handler = …`, else the target as written. */
export function targetName(target: Node, code: string): string | undefined {
  if (target.type === 'Identifier') return target.name;
  if (target.type !== 'MemberExpression') return undefined;
  const text = code.slice(target.start, target.end);
  if (!/^[\w$.#]+$/.test(text)) return undefined;
  return text.replace(/^(?:module\.)?exports\.(?=.)/, '');
}

/** Makes names unique in a file: the second function of a name carries its place, `load@12:3`. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  /** @returns the name itself, or with its place where it is taken. */
  claim(name: string, { line, column }: Position): string {
    let unique = name;
    if (this.#taken.has(unique)) unique = `${name}@${line}:${column + 1}`;
    for (let copy = 2; this.#taken.has(unique); copy++) unique = `${name}@${line}:${column + 1}#${copy}`;
    this.#taken.add(unique);
    return unique;
  }
}
