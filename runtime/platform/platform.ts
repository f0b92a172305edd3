/**
 * Node's own modules, where there are any. The runtime also loads in browsers, so it names no `node:` module in an
 * import statement and asks the process instead (`process.getBuiltinModule`, Node 20.16 and later, Bun, Deno).
 */

interface Builtins {
  readonly 'node:child_process': typeof import('node:child_process');
  readonly 'node:fs': typeof import('node:fs');
  readonly 'node:module': typeof import('node:module');
  readonly 'node:os': typeof import('node:os');
  readonly 'node:path': typeof import('node:path');
  readonly 'node:util': typeof import('node:util');
  readonly 'node:v8': typeof import('node:v8');
  readonly 'node:vm': typeof import('node:vm');
  readonly 'node:worker_threads': typeof import('node:worker_threads');
  readonly 'node:zlib': typeof import('node:zlib');
}

/** What Deno would ask the user for, on the terminal, or refuse by an error. */
const NEEDED = ['env', 'read', 'write'] as const;

interface Deno {
  readonly permissions: { querySync(of: { readonly name: string }): { readonly state: string } };
}

/**
 * The process object; `undefined` in a browser. Stand-ins for it do not count: bundlers' have no built-in modules, and those
 * of edge runtimes functions that throw. Nor does Deno's where the program may not use it.
 */
export const nodeProcess: NodeJS.Process | undefined = /* @__PURE__ */ processOfNode();

function processOfNode(): NodeJS.Process | undefined {
  try {
    const { permissions } = (globalThis as { readonly Deno?: Deno }).Deno ?? {};
    if (permissions && NEEDED.some((name) => permissions.querySync({ name }).state !== 'granted'))
      return undefined;
    return process.uptime() >= 0 && process.getBuiltinModule('node:path') ? process : undefined;
  } catch {
    return undefined;
  }
}

/** What a global is, if it is there; one that is null, or whose getter throws, is not. */
export function globalOf<Name extends keyof typeof globalThis>(
  name: Name,
): (typeof globalThis)[Name] | undefined {
  try {
    return globalThis[name] ?? undefined;
  } catch {
    return undefined; // somebody's stand-in for it
  }
}

/** What {@link builtin} was answered: a platform that has none is asked once, as some ask a server each time (workerd's). */
const answers: { [Id in keyof Builtins]?: Builtins[Id] | undefined } = {};

/** A built-in module of Node, or `undefined` where the platform has none. Never throws. */
export function builtin<Id extends keyof Builtins>(id: Id): Builtins[Id] | undefined {
  if (id in answers) return answers[id];
  let found: unknown;
  try {
    found = nodeProcess?.getBuiltinModule(id);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the end of the stack, which is no answer
    // permission model, or a platform that has not this one
  }
  return ((answers as Record<string, unknown>)[id] = found as Builtins[Id] | undefined);
}

/** An environment variable; `undefined` where it is unset, empty, or there is no environment. */
export function env(name: string): string | undefined {
  return nodeProcess?.env[name] || undefined;
}

/** What of `TKA_PERF` says that nothing is to be measured. */
const OFF = /^(?:off|0|false|no)$/i;

/** Whether the environment says that nothing is to be measured. */
export function isSwitchedOff(): boolean {
  return OFF.test(env('TKA_PERF') ?? '');
}
