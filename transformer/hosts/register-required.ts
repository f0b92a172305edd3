/** What `node -r tka-perf/register` loads, which is CommonJS: the same as `--import` does. */
import { createRequire } from 'node:module';
import { reasonOf, tell } from './tell.ts';

try {
  createRequire(import.meta.url)('./register-hooks.js');
} catch (error) {
  const isRefused = (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ESM';
  const reason = isRefused ? 'Node was told to require no ES modules; use --import' : reasonOf(error);
  tell(`nothing is measured: ${reason}`);
}
