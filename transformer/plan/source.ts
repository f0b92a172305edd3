/** A place in a source text. */
export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
}

/** A place as a key of maps and sets. */
export function placeKey({ line, column }: Position): string {
  return `${line}:${column}`;
}

/** Offsets to lines and columns, by binary search over the line starts (LF, CRLF, CR, LS and PS, as ECMAScript has it, unless told otherwise). */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string, lineBreak: RegExp = /\r\n|[\n\r\u2028\u2029]/g) {
    for (const match of text.matchAll(lineBreak)) this.#starts.push(match.index + match[0].length);
  }

  /** @param offset UTF-16 offset in the text. */
  positionOf(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) };
  }
}
