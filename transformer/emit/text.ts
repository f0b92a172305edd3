import { MagicString, SourceMap } from 'magic-string';
import { LineIndex } from '../plan/source.ts';
import type { Edit, SuspensionEdit } from './edits.ts';

/** The source text with the edits in it. */
export interface PrintedText {
  readonly code: string;
  /**
   * Makes the map to the text without them.
   * @param source what the map calls that
   */
  mapTo(source: string, includeContent: boolean): SourceMap;
}

/**
 * Places the edits in the source text. No line break is added or taken away.
 * @param edits in any order.
 */
export function printText(code: string, edits: readonly Edit[]): PrintedText {
  const text = new MagicString(code);
  for (const edit of innermostFirst(edits)) place(text, code, edit);
  const printed = text.toString();
  return {
    code: printed,
    mapTo(source, includeContent) {
      const map = text.generateDecodedMap({ source, includeContent, hires: 'boundary' });
      placeDelegations(map.mappings as Segment[][], printed, code, edits);
      return new SourceMap(map);
    },
  };
}

/** Columns of the output, number of the source, its line and column, from 0. */
type Segment = [number, number, number, number] | [number, number, number, number, number];

/** What stands in front of an argument is mapped to the token before it; in a `yield*` it has a place of its own. */
function placeDelegations(
  mappings: Segment[][],
  printed: string,
  code: string,
  edits: readonly Edit[],
): void {
  if (!edits.some((edit) => edit.type === 'suspension' && edit.place !== undefined)) return;
  const index = new LineIndex(code, /\n/g); // maps know no other line breaks
  const delegations = new Map<number /* line */, Map<number /* column */, SuspensionEdit>>();
  for (const edit of edits) {
    if (edit.type !== 'suspension' || edit.place === undefined || !edit.argument) continue;
    const { line, column } = index.positionOf(edit.argument.start);
    if (!delegations.has(line)) delegations.set(line, new Map());
    delegations.get(line)?.set(column, edit);
  }
  const lines = printed.split('\n');
  for (const [line, edits] of delegations) {
    mappings[line - 1] = (mappings[line - 1] ?? []).flatMap((segment): Segment[] => {
      const [end, source, , column] = segment;
      const { place = 0, argumentBefore = '' } = edits.get(column) ?? {};
      // The first of several segments with this place is it.
      if (!edits.delete(column)) return [segment];
      const begin = lines[line - 1]?.lastIndexOf(argumentBefore, end - argumentBefore.length) ?? -1;
      const at = index.positionOf(place);
      return begin < 0 ? [segment] : [[begin, source, at.line - 1, at.column], segment];
    });
  }
}

/**
 * Inner edits before outer ones: where two end at the same offset, the inner one's text must come first; where two
 * start there, each next one is prepended. The body of `async () => await x` is that `await`.
 */
function innermostFirst(edits: readonly Edit[]): Edit[] {
  const isOuter = ({ type }: Edit): number => (type === 'concise' || type === 'around' ? 1 : 0);
  return edits.toSorted((a, b) => endOf(a) - endOf(b) || b.start - a.start || isOuter(a) - isOuter(b));
}

function endOf(edit: Edit): number {
  return edit.type === 'header' ? Number.POSITIVE_INFINITY : edit.type === 'catch' ? edit.start : edit.end;
}

function place(text: MagicString, code: string, edit: Edit): void {
  switch (edit.type) {
    case 'header':
      text.appendLeft(edit.start, edit.text);
      break;
    case 'body':
      text.appendLeft(edit.innerStart, edit.separator + edit.before);
      // The statement before it may lack its semicolon.
      if (edit.label)
        text.appendLeft(
          edit.label.start,
          code[edit.label.start - 1] === ';' ? edit.label.text : `;${edit.label.text}`,
        );
      text.appendLeft(edit.end - 1, edit.after);
      break;
    case 'concise':
      text.prependRight(edit.start, edit.before);
      text.appendLeft(edit.end, edit.after);
      break;
    case 'jump':
      placeJump(text, code, edit);
      break;
    case 'suspension': {
      text.prependRight(edit.start, edit.before);
      if (edit.argument) {
        // `yield/re/` and `await[a]` need no space; a name behind the keyword does.
        text.prependRight(edit.argument.start, spaceAt(code, edit.argument.start) + edit.argumentBefore);
        text.appendLeft(edit.argument.end, edit.argumentAfter);
        text.appendLeft(edit.end, edit.after);
      } else {
        text.appendLeft(edit.end, ` ${edit.argumentBefore}${edit.argumentAfter}${edit.after}`);
      }
      break;
    }
    case 'loop': {
      const { iterable, body } = edit;
      // `of[1]` needs no space.
      text.prependRight(iterable.start, spaceAt(code, iterable.start) + edit.iterableBefore);
      text.appendLeft(iterable.end, edit.iterableAfter);
      if (body.block) {
        text.appendLeft(body.start + 1, edit.bodyBefore);
        text.appendLeft(body.end - 1, `;${edit.bodyAfter}`);
      } else {
        text.prependRight(body.start, `{${edit.bodyBefore}`);
        text.appendLeft(body.end, `;${edit.bodyAfter}}`);
      }
      break;
    }
    case 'around':
      // Nor does `else{`.
      text.prependRight(edit.start, spaceAt(code, edit.start) + edit.before);
      text.appendLeft(edit.end, edit.separator + edit.after);
      break;
    case 'block':
      text.appendLeft(edit.start + 1, edit.text);
      break;
    case 'catch':
      if (edit.parameter !== undefined) text.appendLeft(edit.start, `(${edit.parameter})`);
      text.appendLeft(edit.start + 1, edit.text);
      break;
    case 'removal':
      if (edit.replacement) text.update(edit.start, edit.end, edit.replacement);
      else text.remove(edit.start, edit.end);
      break;
  }
}

/** A space where a word ends there, which what is put in might go on. */
function spaceAt(code: string, offset: number): string {
  return /[\w$]/.test(code[offset - 1] ?? '') ? ' ' : '';
}

const RETURN_LENGTH = 'return'.length;

function placeJump(text: MagicString, code: string, edit: Edit & { type: 'jump' }): void {
  const { start, end, argument, before, after } = edit;
  if (!argument) {
    text.update(start, end, before);
    return;
  }
  text.update(start, start + RETURN_LENGTH, before);
  if (code[end - 1] === ';') text.update(end - 1, end, after);
  else text.appendLeft(end, after);
}
