import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import ts from 'typescript';

/** An identifier of a text: `name line:column`, lines from 1, columns from 0. */
interface Token {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Every identifier and keyword-like word of a text; JSX text and string contents are passed over. */
export function tokensOf(code: string, file: string): Token[] {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.ESNext, true, kind);
  const tokens: Token[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
      tokens.push({ name: node.text, line: line + 1, column: character });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return tokens;
}

/** What a compiler's output says of the originals of its identifiers. */
export interface Traced {
  /** `name file:line:column`, for each identifier of the output that leads to one of that name. */
  readonly right: ReadonlySet<string>;
  /** Identifiers that stand in the original under another place than the map says. */
  readonly wrong: readonly string[];
}

/**
 * Traces every identifier of an output file through the map beside it.
 * @param ours names that are not the user's
 */
export function traceFile(file: string, ours: RegExp = /^\$|^(?:tka-perf|globalThis|Proxy|Symbol)$/): Traced {
  const code = readFileSync(file, 'utf8');
  const map = new TraceMap(readFileSync(`${file}.map`, 'utf8'));
  const right = new Set<string>();
  const wrong: string[] = [];
  const originals = new Map<string, ReadonlySet<string>>();
  for (const token of tokensOf(code, file)) {
    const found = originalPositionFor(map, { line: token.line, column: token.column });
    if (found.source === null || ours.test(token.name)) continue;
    const text =
      sourceContentFor(map, found.source) ?? readFileSync(join(dirname(file), found.source), 'utf8');
    let known = originals.get(found.source);
    if (!known) {
      known = new Set(
        tokensOf(text, found.source).map(({ name, line, column }) => `${name} ${line}:${column}`),
      );
      originals.set(found.source, known);
    }
    const place = `${token.name} ${found.line}:${found.column}`;
    if (known.has(place)) right.add(`${place} ${found.source}`);
    else wrong.push(`${token.name} ${token.line}:${token.column} -> ${found.line}:${found.column}`);
  }
  return { right, wrong };
}
