import { lazy } from './lazy.ts';

const wide = lazy<typeof import('string-width')>('string-width');

/** Characters of one column each that nearly all cells are made of. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00b5\u00b7\u2013\u2019\u2026\u2248\u2581-\u2588]*$/;

/** Terminal columns of a text. The library is loaded only where a character may be wide. */
export function textWidth(text: string): number {
  return NARROW.test(text) ? text.length : wide().default(text);
}

/** What a reader takes for single characters. ICU, which takes longer to set up than all else of a report, is asked only where it may differ. */
export function graphemesOf(text: string): string[] {
  if (NARROW.test(text)) return text.split('');
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
