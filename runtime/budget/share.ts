/** The share of a thread's time that measuring may take. */

/** The share unless configured otherwise. */
export const DEFAULT_SHARE = 0.01;

/** A share as it is written: `0.01`, `'1%'`, `'exact'`; `undefined` for what is none. */
export function parseShare(text: number | string): number | undefined {
  if (text === 'exact') return Infinity;
  const match = typeof text === 'string' ? /^\s*(\d*\.?\d+)\s*(%?)\s*$/.exec(text) : undefined;
  const share = typeof text === 'number' ? text : Number(match?.[1] ?? Number.NaN) / (match?.[2] ? 100 : 1);
  return share > 0 && share <= 1 ? share : undefined;
}
