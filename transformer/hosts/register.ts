/**
 * `node --import tka-perf/register app.ts`: instruments files as Node loads them, ESM and CommonJS, JavaScript and, where
 * Node strips types, TypeScript. Whatever goes wrong, the program runs, and is not measured: where the parser, which is native
 * code, cannot be loaded (`--no-addons`, an installation without it) as well as on options that are not valid.
 */
import { reasonOf, tell } from './tell.ts';

try {
  await import('./register-hooks.ts');
} catch (error) {
  tell(`nothing is measured: ${reasonOf(error)}`);
}
