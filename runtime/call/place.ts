/** Places in the program's sources. */

/** Where a site is. */
export interface Place {
  /** Path relative to the project root, `/`-separated; empty for operations named at run time. */
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** The place of what is named at run time. */
export const NOWHERE: Place = { file: '', line: 0, column: 0 };
