/* oxlint-disable no-underscore-dangle -- Node’s own names */
/** Compiles TypeScript as ts-node does: Node reads the file, and the module's own `_compile` gets its text. */
const { readFileSync } = require('node:fs');
const ts = require('typescript');

const load = require.extensions['.js'];
// By that for `.js` Node loads what has none of its own, `.cts` among it.
for (const extension of ['.ts', '.js'])
  require.extensions[extension] = (module, file) => {
    if (file.endsWith('ts')) compiles(module);
    return load(module, file);
  };

function compiles(module) {
  const compile = module._compile;
  module._compile = function (text, name) {
    // Types are checked: what a loader has put in has none.
    if (text !== readFileSync(name, 'utf8')) throw new Error(`not what stands in ${name}`);
    const { outputText } = ts.transpileModule(text, {
      fileName: name,
      compilerOptions: {
        module: 'commonjs',
        target: 'es2022',
        inlineSourceMap: !name.includes('unmapped'),
        removeComments: !name.endsWith('.cts'),
      },
    });
    return compile.call(this, outputText, name);
  };
}
