import type { Comment } from 'oxc-parser';
import { type MarkOptions, type OptionProblem, parseCommentOptions } from '../mark-options.ts';

/** A mark written as a comment. */
export interface CommentMark {
  readonly type: 'monitor' | 'ignore' | 'file';
  /** UTF-16 offset of the comment. */
  readonly start: number;
  readonly options: MarkOptions;
  readonly problems: readonly OptionProblem[];
}

/** The comment marks of a file. */
export interface CommentMarks {
  /**
   * By the offset of the token that follows the comment: where a function, class, statement or block begins. Marks
   * that follow code on their line are under -1 and select nothing.
   */
  readonly byAnchor: ReadonlyMap<number /* start of the marked thing */, readonly CommentMark[]>;
  readonly fileMarks: readonly CommentMark[];
}

/** A mark at the start of a line of a comment; what follows on the line are its options. */
const MARK = /(?:^|\n)[ \t]*\*?[ \t]*@monitor(-file|-ignore)?(?![\w-])([^\n]*)/;

/** Whether a text can contain a mark at all: decides, before any parsing, that most files are left alone. */
export function mayHaveMarks(code: string): boolean {
  return code.includes('@monitor') || (code.includes('tka-perf') && code.includes('@'));
}

/** Finds the marks among a file's comments. */
export function readMarks(code: string, comments: readonly Comment[]): CommentMarks {
  const byAnchor = new Map<number, CommentMark[]>();
  const fileMarks: CommentMark[] = [];
  for (const [index, comment] of comments.entries()) {
    if (!comment.value.includes('@monitor')) continue;
    const match = MARK.exec(comment.value);
    if (!match) continue;
    const type = match[1] === '-file' ? 'file' : match[1] === '-ignore' ? 'ignore' : 'monitor';
    const { options, problems } = parseCommentOptions((match[2] ?? '').replace(/\r$/, ''));
    const mark: CommentMark = { type, start: comment.start, options, problems };
    if (type === 'file') {
      fileMarks.push(mark);
      continue;
    }
    const anchor = followsCode(code, comment.start) ? -1 : nextToken(code, comments, index);
    const marks = byAnchor.get(anchor);
    if (marks) marks.push(mark);
    else byAnchor.set(anchor, [mark]);
  }
  return { byAnchor, fileMarks };
}

/** A comment that ends a line of code (`foo(); // @monitor`) speaks about that line, not about the next one. */
function followsCode(code: string, start: number): boolean {
  let index = start - 1;
  while (index >= 0 && (code[index] === ' ' || code[index] === '\t')) index--;
  if (index < 0 || (code[index] !== ';' && code[index] !== '}')) return false;
  return code.slice(start, start + 2) === '//';
}

/** Offset of the first token behind comment number `index`, white space and further comments passed over. */
function nextToken(code: string, comments: readonly Comment[], index: number): number {
  let position = comments[index]?.end ?? 0;
  for (let next = index + 1; ; next++) {
    position = skipSpace(code, position);
    const comment = comments[next];
    if (!comment || comment.start !== position) return position;
    position = comment.end;
  }
}

/** First offset at or after `position`, which is behind a whole token, that is neither white space nor in a comment. */
export function skipComments(code: string, position: number): number {
  return skip(/(?:\s+|\/\/.*|\/\*[^]*?\*\/)*/y, code, position);
}

function skipSpace(code: string, position: number): number {
  return skip(/\s*/y, code, position);
}

function skip(passed: RegExp, code: string, position: number): number {
  passed.lastIndex = position;
  passed.exec(code);
  return passed.lastIndex;
}
