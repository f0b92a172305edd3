/* oxlint-disable no-underscore-dangle -- Node’s own names */
/** Compiles TypeScript as ts-node does: Node reads the file, and the module's own `_compile` gets its text. */
const { readFileSync } = require('node:fs');
const ts = require('typescript');

const load = require.extensions['.js'];
require.extensions['.ts'] = (module, file) => {
  const compile = module._compile;
  module._compile = function (text, name) {
    // Types are checked: what a loader has put in has none.
    if (text !== readFileSync(name, 'utf8')) throw new Error(`not what stands in ${name}`);
    const { outputText } = ts.transpileModule(text, {
      fileName: name,
      compilerOptions: { module: 'commonjs', target: 'es2022', inlineSourceMap: true, removeComments: true },
    });
    return compile.call(this, outputText, name);
  };
  return load(module, file);
};
