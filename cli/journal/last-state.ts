import { FRAME_BYTES, HAS_MORE, IS_STATE, ROWS_RECORD } from '../../runtime/format/layout.ts';
import type { DropReason } from './dropped.ts';
import type { Input } from './input.ts';

/** A larger file is read twice: once for its checksums, once for what it holds. */
const LARGEST_AT_ONCE = 8 * 1024 * 1024;

/** Which rows of a file count. Places in the file. */
export interface LastState {
  /** Where its last whole state begins; where there is none, one that is not complete. */
  readonly from: number;
  /** Where a state begins that was not written to its end, and repeats what was said before. */
  readonly to: number;
  /** End of the valid prefix, and why it ends there. */
  readonly end: number;
  readonly defect: DropReason | 'end';
}

/**
 * Finds a file's last whole state by what stands at the beginnings of its records, from where the input stands. It stands
 * there again behind that.
 */
export function lastStateOf(input: Input, sizeBytes: number): LastState {
  const begin = input.position;
  if (sizeBytes <= LARGEST_AT_ONCE) input.has(sizeBytes - begin);
  let whole = -1;
  let begun = -1;
  let isContinued = false;
  let defect = input.defect(false);
  while (defect === undefined) {
    const { bytes, at, position, payloadBytes } = input;
    if (bytes[at + FRAME_BYTES] === ROWS_RECORD) {
      const flags = payloadBytes > 1 ? (bytes[at + FRAME_BYTES + 1] as number) : 0;
      const isState = (flags & IS_STATE) !== 0;
      if (isState && !isContinued) begun = position;
      isContinued = isState && (flags & HAS_MORE) !== 0;
      if (isState && !isContinued) whole = begun;
    }
    input.at += FRAME_BYTES + payloadBytes;
    defect = input.defect(false);
  }
  const end = input.position;
  input.moveTo(begin);
  return {
    from: Math.max(0, whole >= 0 ? whole : begun),
    to: whole >= 0 && begun > whole ? begun : end,
    end,
    defect,
  };
}
