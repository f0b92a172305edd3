// Preloaded: a mistake of ours. From the time TKA_PERF_TEST_AFTER on, reading a journal or laying out a frame throws.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

let left = Number(process.env.TKA_PERF_TEST_AFTER);
const fail = () => {
  if (left-- <= 0) throw new TypeError('broken on purpose');
};

if (process.env.TKA_PERF_TEST_BREAKS === 'reading') {
  const { readSync } = fs;
  fs.readSync = (...args) => {
    // Node reads by it too, while it loads what it is to run.
    if (/[\\/]cli[\\/]/.test(new Error('who reads').stack.replaceAll(__filename, ''))) fail();
    return readSync(...args);
  };
  syncBuiltinESMExports();
} else {
  // Of functions: where the chosen one stands among the rows.
  const { findIndex } = Array.prototype;
  // oxlint-disable-next-line no-extend-native
  Array.prototype.findIndex = function (...args) {
    if (this[0]?.functionName !== undefined) fail();
    return findIndex.apply(this, args);
  };
}
