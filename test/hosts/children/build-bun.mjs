// The same as build.mjs, run by Bun: bun build-bun.mjs bun <mode> [options as JSON]
import { join } from 'node:path';
import tkaPerf from 'tka-perf/bun';
import { components } from './components.mjs';

const [, mode = 'development', json = '{}'] = process.argv.slice(2);
const outdir = join(process.cwd(), 'out', `bun-${mode}`);
const { success, logs } = await Bun.build({
  entrypoints: [join(process.cwd(), 'src/main.ts')],
  outdir,
  target: 'node',
  splitting: true,
  sourcemap: 'linked',
  minify: mode === 'production',
  plugins: [tkaPerf(JSON.parse(json)), components.bun()],
});
if (!success) throw new Error(logs.join('\n'));
process.stdout.write(`\n${JSON.stringify({ entry: join(outdir, 'main.js'), warnings: logs.map(String) })}\n`);
