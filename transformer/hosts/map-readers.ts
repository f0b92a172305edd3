/**
 * Whether anybody in this thread reads the source maps of what is loaded now: Node, where it was told to, for stacks and for
 * coverage; a debugger. A map is three times as long as the code, and V8 keeps its text twice. No edit moves a line: who comes
 * later sees the columns of the edited text, and no more than that.
 */
export function readsMaps(): boolean {
  const { sourceMapsEnabled = true, env } = process as typeof process & {
    /** Node 20.7 and later, of which the types of Node 20 know nothing. */
    readonly sourceMapsEnabled?: boolean;
  };
  return sourceMapsEnabled || Boolean(env['NODE_V8_COVERAGE']) || isDebugged();
}

function isDebugged(): boolean {
  try {
    return process.getBuiltinModule('node:inspector').url() !== undefined;
  } catch {
    return false; // Node may be built without it
  }
}
