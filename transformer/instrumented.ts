/** The registry's key in emitted code; a text that holds it has been instrumented before. */
export const REGISTRY = 'globalThis[Symbol.for("tka-perf")]';

/** The first words of the runtime as it is published: it never measures itself, wherever it is linked or bundled. */
const OWN_RUNTIME = '/* tka-perf runtime */';

/** Whether the text has been instrumented before, or is the runtime: it is left as it is then. */
export function isInstrumented(code: string): boolean {
  if (code.startsWith(OWN_RUNTIME)) return true;
  return code.includes(REGISTRY) || code.includes(REGISTRY.replaceAll('"', "'"));
}
