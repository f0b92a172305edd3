/** What the path of a source ends in: JavaScript and TypeScript, declarations left out. */
const EXTENSION = String.raw`(?<!\.d)\.[cm]?[jt]sx?`;

/** Names a version of a file: Vite's own. */
const OF_VITE = 'v|t|import|worker_file|type';

/** Names a module that begins with a file's whole text, of which it then keeps a part: React Router's, SolidStart's and TanStack Start's. */
const PART = 'route-chunk|__react-router-build-client-route|pick|tsr-directive-use-server|tss-serverfn-split';

const VERSION = String.raw`\?(?:(?:${OF_VITE}|${PART})(?:=[^&#]*)?(?:&|$))+$`;

/** What names no file: `virtual:…`, `https://…`. */
const SCHEME = String.raw`(?!file:)[A-Za-z][\w+.-]+:`;

/** `?` and `#` that belong to a path: in a folder's name, and `#` anywhere but behind an extension and in front. */
const PATH = String.raw`(?!#|${SCHEME})(?:[^\0?#]|#(?=[^?&=]*[\\/])|(?<!\.\w+)\?(?=[^?&=]*[\\/])|(?<!\.\w+)#(?![^?&=]*[\\/]))+`;

/** Paths that are a file's own source. */
export const SOURCE_FILE: RegExp = new RegExp(`${EXTENSION}$`);

/**
 * Ids of modules that are a file's own source: a {@link SOURCE_FILE}, bare or with a query that names a version of it.
 * Virtual modules and what a query makes of a file (`?raw`, `?vue&type=script`, `?commonjs-proxy`) are something else.
 */
export const SOURCE_ID: RegExp = new RegExp(`^${PATH}${EXTENSION}(?:${VERSION})?$`);

const QUERY = new RegExp(VERSION);

/** What every text with a mark contains; a bundler that filters by it natively never calls us for the others. */
export const MAY_HAVE_MARKS: RegExp = /@monitor|tka-perf/;

/** The file of a {@link SOURCE_ID}. */
export function fileOf(id: string): string {
  return id.replace(QUERY, '');
}

/** Whether the name says that it is TypeScript. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file);
}
