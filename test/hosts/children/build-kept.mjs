// Builds src/main.js by one bundler whose cache is kept on disk: node build-kept.mjs <bundler> [options as JSON]
import { join } from 'node:path';

const [bundler, json = '{}'] = process.argv.slice(2);
const root = process.cwd();
const { default: tkaPerf } = await import(`tka-perf/${bundler}`);
const { default: pack } = await import(bundler === 'webpack' ? 'webpack' : '@rspack/core');
const kept =
  bundler === 'webpack'
    ? { type: 'filesystem', cacheDirectory: join(root, 'kept') }
    : { type: 'persistent', storage: { type: 'filesystem', directory: join(root, 'kept') } };
const compiler = (pack.rspack ?? pack)({
  context: root,
  mode: 'development',
  devtool: false,
  target: 'node',
  entry: './src/main.js',
  output: { path: join(root, 'out') },
  cache: kept,
  plugins: [tkaPerf(JSON.parse(json))],
});
await new Promise((resolve, reject) => {
  compiler.run((error, stats) => {
    const failed = error ?? (stats.hasErrors() ? new Error(stats.toString()) : undefined);
    compiler.close((late) => (failed || late ? reject(failed ?? late) : resolve()));
  });
});
