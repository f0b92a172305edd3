// Runs every fixture of a built list, plain first and then instrumented, and prints what each did.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { getPerformanceMonitor } from 'tka-perf';

const { backend, keepsNewSyntax, fixtures } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const results = {};
process.on('unhandledRejection', () => {});

for (const { name, module, exec, paths } of fixtures) {
  const { default: drive, calls, newSyntaxSince = 0, sloppy = false } = await import(pathToFileURL(exec));
  const isTooNew = keepsNewSyntax && Number.parseInt(process.versions.node, 10) < newSyntaxSince;
  // TypeScript prints strict code, whatever the source is.
  if (isTooNew || (sloppy && backend.startsWith('typescript'))) {
    results[name] = { skipped: true };
    continue;
  }
  const seen = [];
  let failure;
  for (const path of paths) {
    try {
      const loaded = await import(pathToFileURL(path));
      // A CommonJS file's own exports, under the name that Node gives them.
      const exports = path.endsWith('.cjs') && loaded.default ? loaded.default : loaded;
      seen.push(inspect(await drive(exports), { depth: 8, sorted: true }));
      // A decorator that is not transformed measures too: only the instrumented run is compared.
      if (seen.length === 1) getPerformanceMonitor().reset();
    } catch (error) {
      failure ??= `${path}\n${error?.stack}`;
      seen.push(undefined);
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
  const counted = {};
  for (const site of Object.keys(calls)) {
    const stats = getPerformanceMonitor().getFunctionStats(
      site.startsWith('=') ? site.slice(1) : `${module}.${site}`,
    );
    counted[site] = stats ? [stats.callCount, stats.errorCount] : undefined;
  }
  results[name] = { plain: seen[0], instrumented: seen[1], calls, counted, failure };
}
process.stdout.write(JSON.stringify(results));
