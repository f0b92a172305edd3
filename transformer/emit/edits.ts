/**
 * The emitted code, once, as text, with the places where it goes. Every printer places the same pieces: the text
 * printer inserts them, the others parse them and put the user's own nodes between.
 */
export type Edit =
  | HeaderEdit
  | BodyEdit
  | ConciseEdit
  | JumpEdit
  | SuspensionEdit
  | LoopEdit
  | AroundEdit
  | BlockEdit
  | CatchEdit
  | RemovalEdit;

/** Statements before the file's first statement. */
export interface HeaderEdit {
  readonly type: 'header';
  readonly start: number;
  readonly text: string;
}

/** Text around the statements of a block; `start` is the block's brace. */
export interface BodyEdit {
  readonly type: 'body';
  readonly start: number;
  readonly end: number;
  /** First offset behind brace and directives. */
  readonly innerStart: number;
  readonly before: string;
  readonly after: string;
  /** `;` where the last directive has none. */
  readonly separator: '' | ';';
  /** Opens the labelled block behind the statement that ends here, instead of at the beginning. */
  readonly label: { readonly start: number; readonly text: string } | undefined;
}

/** Text around a concise arrow's expression, which makes it a block. */
export interface ConciseEdit {
  readonly type: 'concise';
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** A statement in place of a jump; the argument, if any, stands between `before` and `after`. */
export interface JumpEdit {
  readonly type: 'jump';
  readonly start: number;
  readonly end: number;
  readonly argument: { readonly start: number; readonly end: number } | undefined;
  readonly before: string;
  readonly after: string;
}

/** Calls around a `yield` or `await` and around its argument. */
export interface SuspensionEdit {
  readonly type: 'suspension';
  readonly start: number;
  readonly end: number;
  readonly argument: { readonly start: number; readonly end: number } | undefined;
  /** Where maps place the calls around the argument: {@link SuspensionPlan.place}. */
  readonly place: number | undefined;
  readonly before: string;
  readonly argumentBefore: string;
  readonly argumentAfter: string;
  readonly after: string;
}

/** Calls around what a `for await` loop iterates, and statements at the beginning and the end of its body. */
export interface LoopEdit {
  readonly type: 'loop';
  /** Of the loop. */
  readonly start: number;
  readonly end: number;
  readonly iterable: { readonly start: number; readonly end: number };
  readonly iterableBefore: string;
  readonly iterableAfter: string;
  readonly body: { readonly start: number; readonly end: number; readonly block: boolean };
  readonly bodyBefore: string;
  readonly bodyAfter: string;
}

/** Text around a statement. With it, it is one statement, or stands where several can. */
export interface AroundEdit {
  readonly type: 'around';
  readonly start: number;
  readonly end: number;
  /** `;` where the statement lacks its own. */
  readonly separator: '' | ';';
  readonly before: string;
  readonly after: string;
}

/** Statements at the beginning of a block. */
export interface BlockEdit {
  readonly type: 'block';
  /** The block's brace. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A statement at the start of a catch clause's body, and a variable for a clause that has none. */
export interface CatchEdit {
  readonly type: 'catch';
  readonly start: number;
  readonly parameter: string | undefined;
  readonly text: string;
}

/** A range that goes. */
export interface RemovalEdit {
  readonly type: 'removal';
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}
