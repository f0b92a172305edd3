/** Eighths of a block, the lowest first. */
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Where nothing was measured. */
const GAP = '·';

/**
 * Values as a row of blocks, the largest a full one: heights are in proportion, from zero, so that noise looks small.
 *
 * @param values in time order; undefined where there is none
 * @param width columns; neighbours are averaged where there are more values
 */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const cells = Array.from({ length: Math.min(width, values.length) }, (_, cell) => {
    const from = Math.floor((cell * values.length) / Math.min(width, values.length));
    const to = Math.floor(((cell + 1) * values.length) / Math.min(width, values.length));
    return mean(values.slice(from, to));
  });
  const largest = cells.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return cells
    .map((value) => {
      if (value === undefined) return GAP;
      if (largest === 0) return LEVELS[0];
      const level = Math.ceil((Math.max(0, value) / largest) * LEVELS.length) - 1;
      return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, level))];
    })
    .join('');
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
