import type {
  AroundEdit,
  BlockEdit,
  BodyEdit,
  CatchEdit,
  ConciseEdit,
  Edit,
  HeaderEdit,
  JumpEdit,
  LoopEdit,
  RemovalEdit,
  SuspensionEdit,
} from './edits.ts';

/** Stands in a parsed piece of emitted code where the user's own statements or expression go. */
export const HOLE = '$tkaHole';

/**
 * Edits by the place of the node that they concern, for printers that walk a syntax tree. A node is found by its
 * UTF-16 start offset, which is the same in every parser (of a body with parentheses: their start).
 */
export interface EditIndex {
  readonly header: HeaderEdit | undefined;
  readonly bodies: ReadonlyMap<number /* start of the body */, BodyEdit | ConciseEdit>;
  readonly jumps: ReadonlyMap<number /* start of the statement */, JumpEdit>;
  readonly suspensions: ReadonlyMap<number /* start of the expression */, SuspensionEdit>;
  readonly loops: ReadonlyMap<number /* start of the loop */, LoopEdit>;
  readonly arounds: ReadonlyMap<number /* start of the statement */, AroundEdit>;
  readonly blocks: ReadonlyMap<number /* start of the block */, BlockEdit>;
  readonly catches: ReadonlyMap<number /* start of the clause's body */, CatchEdit>;
  readonly removals: ReadonlyMap<number /* start of the decorator */, RemovalEdit>;
}

/** Indexes edits for a tree printer. */
export function indexEdits(edits: readonly Edit[]): EditIndex {
  const index = {
    header: undefined as HeaderEdit | undefined,
    bodies: new Map<number, BodyEdit | ConciseEdit>(),
    jumps: new Map<number, JumpEdit>(),
    suspensions: new Map<number, SuspensionEdit>(),
    loops: new Map<number, LoopEdit>(),
    arounds: new Map<number, AroundEdit>(),
    blocks: new Map<number, BlockEdit>(),
    catches: new Map<number, CatchEdit>(),
    removals: new Map<number, RemovalEdit>(),
  };
  for (const edit of edits) {
    switch (edit.type) {
      case 'header':
        index.header = edit;
        break;
      case 'body':
      case 'concise':
        index.bodies.set(edit.start, edit);
        break;
      case 'jump':
        index.jumps.set(edit.start, edit);
        break;
      case 'suspension':
        index.suspensions.set(edit.start, edit);
        break;
      case 'loop':
        index.loops.set(edit.start, edit);
        break;
      case 'around':
        index.arounds.set(edit.start, edit);
        break;
      case 'block':
        index.blocks.set(edit.start, edit);
        break;
      case 'catch':
        index.catches.set(edit.start, edit);
        break;
      case 'removal':
        index.removals.set(edit.start, edit);
        break;
    }
  }
  return index;
}

/**
 * Text of a body edit with holes for the user's statements: one hole, or two where the labelled block begins
 * behind the first of them.
 */
export function bodyTemplate(edit: BodyEdit): string {
  return edit.label
    ? `${edit.before}${HOLE};${edit.label.text}${HOLE};${edit.after}`
    : `${edit.before}${HOLE};${edit.after}`;
}
