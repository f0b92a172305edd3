import { closest, distance } from 'fastest-levenshtein';

/** The candidate most like `word`, for "did you mean"; `undefined` where none is alike. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const best = closest(word, [...candidates]);
  return distance(word, best) <= Math.max(2, word.length / 3) ? best : undefined;
}
