/** Measuring by hand: a function call, or a stretch of a block. */
import type { Call } from './call/call.ts';
import { registry } from './registry.ts';

declare global {
  /** As TypeScript's `esnext.disposable` has it: our types are read without that library and by TypeScript 5.0 too. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * Calls `fn` and measures it as an operation. Returns exactly what `fn` returns; of a promise the very object, and the
 * time is taken to its settlement.
 *
 * @example
 * const user = await measure('load user', () => db.users.find(id));
 */
export function measure<T>(name: string, fn: () => T): T {
  return registry.timed(registry.operation(name, 'operation', {}), undefined, fn);
}

/**
 * Measures from its making to its disposal.
 *
 * @example
 * {
 *   using _ = new PerformanceContext('sequence generation');
 *   createComplexSequence();
 * }
 */
export class PerformanceContext {
  readonly #call: Call;

  constructor(name: string) {
    this.#call = registry.live(registry.operation(name, 'operation', {})).open();
  }

  /** Ends the measurement, as failed where an error is given. Only the first end counts. */
  end(error?: unknown): void {
    if (error === undefined) this.#call.end();
    else this.#call.fail(error);
  }

  /** Ends the measurement: `using` calls it. Where the platform has no `Symbol.dispose` there is no `using` either. */
  [Symbol.dispose](): void {
    this.#call.end();
  }
}
