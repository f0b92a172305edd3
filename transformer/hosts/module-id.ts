/**
 * Ids of modules that are a file's own source: a JavaScript or TypeScript file, bare or with a query that names a
 * version of it (Vite's `v`, `t`, `import` and `worker_file`). Virtual modules and what a query makes of a file
 * (`?raw`, `?vue&type=script`, `?commonjs-proxy`) are something else.
 */
export const SOURCE_ID: RegExp =
  /^[^\0?#]+(?<!\.d)\.[cm]?[jt]sx?(?:\?(?:(?:v|t|import|worker_file|type)(?:=[^&#]*)?(?:&|$))+)?$/;

/** What every text with a mark contains; a bundler that filters by it natively never calls us for the others. */
export const MAY_HAVE_MARKS: RegExp = /@monitor|tka-perf/;

/** The file of a {@link SOURCE_ID}. */
export function fileOf(id: string): string {
  const query = id.indexOf('?');
  return query < 0 ? id : id.slice(0, query);
}
