// Jest gives each test file a realm of its own, and keeps that realm in memory while any timer of ours runs in it, under
// its fake clock if it has one. So there the runtime is loaded once, in the process's main realm, and all share it.
// This text is put at the head of the CommonJS build: what Jest loads.
try {
  const main = process.getBuiltinModule('node:fs').readFileSync.constructor('return globalThis')();
  const key = Symbol.for('tka-perf');
  if (main !== globalThis && !globalThis[key]) {
    main.process.getBuiltinModule('node:module').createRequire(__filename)(__filename);
    Object.defineProperty(globalThis, key, { value: main[key], configurable: true });
  }
} catch {
  // no Node, or one that compiles no strings: the runtime stays in the realm that loads it
}
