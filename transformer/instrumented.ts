/** The registry in emitted code; none where a program has taken the language's symbols away, as tests of polyfills do. */
export const REGISTRY: string = registryBy('Symbol');

/** The same in a module that declares a `Symbol` of its own; a script's may be that of `globalThis` too. */
export const REGISTRY_BESIDE_SYMBOL: string = registryBy('globalThis.Symbol');

function registryBy(symbol: string): string {
  return `typeof ${symbol}=="function"&&${symbol}.for&&globalThis[${symbol}.for("tka-perf")]`;
}

/** The first words of the runtime as it is published: it never measures itself, wherever it is linked. */
const OWN_RUNTIME = '/* tka-perf runtime */';

/** The key as compilers and minifiers print it: with other quotes, spaces, and a remark for other minifiers. */
const KEY = /\bSymbol\s*\.\s*for\s*\(\s*(["'`])tka-perf\1\s*\)/;

/** What stands beside it in emitted code, and in a bundle that has the runtime in it. */
const EMITTED = /\.\s*unit\s*\(\s*\d+\s*,/;
const RUNTIME_TEXT = 'unknown-protocol';

/** What Qwik's optimizer has cut out of an instrumented module imports the probes from there. */
const CUT_OUT = /\bimport\s*\{[^}]*\b_auto_\$tk/;

/** Whether the text has been instrumented before, or is the runtime: it is left as it is then. */
export function isInstrumented(code: string): boolean {
  if (code.startsWith(OWN_RUNTIME) || (code.includes('_auto_$tk') && CUT_OUT.test(code))) return true;
  return code.includes('tka-perf') && KEY.test(code) && (EMITTED.test(code) || code.includes(RUNTIME_TEXT));
}
