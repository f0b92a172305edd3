/** What every page begins with. */
export const PAGE_BEGINNING = '<!doctype html>\n<html lang="en">\n<meta name="generator" content="tka-perf';

/** Whether a file that begins like this is a page of ours, and so may be replaced. */
export function isOwnPage(beginning: string): boolean {
  return beginning.startsWith(PAGE_BEGINNING);
}
