import { graphemesOf, textWidth } from './width.ts';

/** One column of a table: how wide its cells are is found from them. */
export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /**
   * The higher, the earlier the column goes when the table is too wide; 0 stays.
   * Of two columns, the one whose cells are all {@link Column.isEmpty} goes first, whatever its rank.
   */
  readonly expendable: number;
  /** Whether the cell tells nothing (no errors, nothing sampled). @default never */
  readonly isEmpty?: (row: Row) => boolean;
  /** Given for the one column whose cells are shortened in the middle: the width it has before others go. */
  readonly shrinksTo?: number;
}

/** Columns between two cells. */
const GAP = 2;

interface SizedColumn<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
  readonly rank: number;
}

function sizeColumn<Row>(column: Column<Row>, rows: readonly Row[]): SizedColumn<Row> {
  const cells = rows.map((row) => column.cell(row));
  const width = cells.reduce((widest, cell) => Math.max(widest, textWidth(cell)), textWidth(column.title));
  const { isEmpty } = column;
  const empty = isEmpty !== undefined && rows.every((row) => isEmpty(row));
  return { column, cells, width, rank: column.expendable + (empty && column.expendable > 0 ? 1_000 : 0) };
}

function totalWidth(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP, -GAP);
}

/**
 * Shortens `text` in the middle to at most `width` terminal columns. The tail keeps more than the head: a
 * qualified name says the most at its end.
 */
export function shortenMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  const graphemes = graphemesOf(text);
  const headWidth = Math.floor((width - 1) / 3);
  const head = takeWidth(graphemes, headWidth);
  const tail = takeWidth(graphemes.toReversed(), width - 1 - textWidth(head.join('')));
  return `${head.join('')}…${tail.toReversed().join('')}`;
}

function takeWidth(graphemes: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const grapheme of graphemes) {
    used += textWidth(grapheme);
    if (used > width) break;
    taken.push(grapheme);
  }
  return taken;
}

/**
 * Lays rows out under their titles within `width` terminal columns. Expendable columns go while the one that
 * shrinks would become too narrow; then its cells are shortened.
 *
 * @returns lines without trailing blanks, the titles first
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): string[] {
  const shown = fitColumns(
    columns.map((column) => sizeColumn(column, rows)),
    width,
  );
  const cellsOf = (cell: (column: SizedColumn<Row>) => string): string[] =>
    shown.map((sized) => shortenMiddle(cell(sized), sized.width));
  const lines = [
    cellsOf(({ column }) => column.title),
    ...rows.map((_, index) => cellsOf(({ cells }) => cells[index] ?? '')),
  ];
  return lines.map((cells) =>
    cells
      .map((cell, index) => aligned(cell, shown[index]))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function aligned(cell: string, sized: SizedColumn<never> | undefined): string {
  if (sized === undefined) return cell;
  const blanks = ' '.repeat(Math.max(0, sized.width - textWidth(cell)));
  return sized.column.align === 'left' ? cell + blanks : blanks + cell;
}

function fitColumns<Row>(columns: readonly SizedColumn<Row>[], width: number): SizedColumn<Row>[] {
  let kept = columns.map((sized) => ({ ...sized, width: narrowest(sized) }));
  while (totalWidth(kept) > width) {
    const victim = kept.reduce((worst, sized) => (sized.rank > worst.rank ? sized : worst));
    if (victim.rank === 0) break;
    kept = kept.filter((sized) => sized !== victim);
  }
  const spare = Math.max(0, width - totalWidth(kept));
  return kept.map((sized) => {
    const full = columns.find(({ column }) => column === sized.column)?.width ?? sized.width;
    return { ...sized, width: Math.min(full, sized.width + spare) };
  });
}

function narrowest({ column, width }: SizedColumn<never>): number {
  return Math.min(width, column.shrinksTo ?? width);
}
