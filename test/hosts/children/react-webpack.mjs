// Prints the warnings of a build of src/app.js in the working directory: node react-webpack.mjs <webpack|rspack|loader> <mode>
const [bundler, mode] = process.argv.slice(2);
process.env.NODE_ENV = mode; // as Next sets it

/** Known by its name, as React's own plugins for webpack and Rspack are. */
class ReactRefreshPlugin {
  apply() {}
}

const { default: webpack } = await import(bundler === 'rspack' ? '@rspack/core' : 'webpack');
const rule = { test: /\.js$/, include: /src/, loader: 'tka-perf/loader' };
const plugin = bundler === 'loader' ? undefined : (await import(`tka-perf/${bundler}`)).default();
webpack(
  {
    mode,
    context: process.cwd(),
    entry: './src/app.js',
    target: 'node20',
    externals: { react: 'node-commonjs react' },
    optimization: { minimize: false },
    module: { rules: plugin ? [] : [rule] },
    plugins: plugin ? [plugin, new ReactRefreshPlugin()] : [],
  },
  (error, stats) => {
    const { errors, warnings } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
    console.log(JSON.stringify({ error, errors, warnings: warnings?.map(({ message }) => message) }));
  },
);
