import { lazy } from './lazy.ts';

const levenshtein = lazy<typeof import('fastest-levenshtein')>('fastest-levenshtein');

/** The known word that `word` was most likely meant to be; undefined where nothing is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const { distance } = levenshtein();
  let best: string | undefined;
  // A third of the word may be wrong: "exprot" is export, "xyz" is nothing.
  let bestDistance = Math.max(2, word.length / 3);
  for (const candidate of known) {
    const candidateDistance = distance(word, candidate);
    if (candidateDistance <= bestDistance && (best === undefined || candidateDistance < bestDistance)) {
      best = candidate;
      bestDistance = candidateDistance;
    }
  }
  return best;
}

/** `; did you mean "report"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const best = nearest(word, known);
  return best === undefined ? '' : `; did you mean "${best}"?`;
}

/** `"a", "b" or "c"`, for sentences that list what is known. */
export function listOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
