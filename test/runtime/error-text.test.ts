/** What is told of an error, and read without running any code of the program's. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorText } from '../../runtime/call/error-text.ts';

type ErrorText = typeof import('../../runtime/call/error-text.ts');

/** What the platform throws itself, by the name of what does. */
function rejectionOf(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}

describe('a DOMException', () => {
  test.each([
    ['of its own', new DOMException('mine', 'DataCloneError'), 'mine'],
    ['of a signal', AbortSignal.abort().reason, 'This operation was aborted'],
    ['of a clone', rejectionOf(() => structuredClone(Symbol('mark'))), 'Symbol(mark) could not be cloned.'],
    ['without a message', new DOMException('', 'AbortError'), 'AbortError'],
    [
      'with a message put on it',
      Object.defineProperty(new DOMException('old'), 'message', { value: 'new' }),
      'new',
    ],
    ['of a class that inherits from it', new (class extends DOMException {})('inner', 'AbortError'), 'inner'],
  ])('%s is told by its message, or else its name', (_, thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });

  test('is no object that only inherits from its prototype', () => {
    expect(errorText(Object.create(DOMException.prototype))).toBeUndefined();
    expect(errorText(DOMException.prototype)).toBeUndefined();
    expect(errorText(Object.setPrototypeOf(new Error(''), DOMException.prototype))).toBeUndefined();
  });
});

describe('code of the program is not run:', () => {
  const run = vi.fn<() => never>();

  /** The text of an error while the program has a function of its own on a built-in object. */
  function textWith(
    holder: object,
    key: string,
    own: PropertyDescriptor,
    thrown: unknown,
  ): string | undefined {
    const engine = Object.getOwnPropertyDescriptor(holder, key);
    try {
      Object.defineProperty(holder, key, { ...own, configurable: true });
      return errorText(thrown);
    } finally {
      if (engine) Object.defineProperty(holder, key, engine);
      else Reflect.deleteProperty(holder, key);
    }
  }

  class Mine extends DOMException {
    override get message(): string {
      return run();
    }
    override get name(): string {
      return run();
    }
  }

  const traps = { get: run, getOwnPropertyDescriptor: run, getPrototypeOf: run, has: run, ownKeys: run };
  const exception = new DOMException('inner', 'AbortError');
  const below = (prototype: object): object => Object.create(prototype);

  test.each([
    ['getters of a class that inherits', () => errorText(new Mine('inner')), undefined],
    ['traps of a proxy', () => errorText(new Proxy(exception, traps)), undefined],
    ['traps of a proxy below', () => errorText(below(new Proxy(DOMException.prototype, traps))), undefined],
    [
      'a getter in the place of the engine’s',
      () => textWith(DOMException.prototype, 'message', { get: run }, exception),
      'AbortError',
    ],
    [
      'what makes stacks, for the engine’s own error',
      () => textWith(Error, 'prepareStackTrace', { value: run }, below(DOMException.prototype)),
      undefined,
    ],
    [
      'what functions are called by',
      () => textWith(Function.prototype, 'call', { value: run }, exception),
      'inner',
    ],
  ])('%s', (_, read, text) => {
    expect(read()).toBe(text);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('the runtime loads where DOMException', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test.each([
    ['is absent', { value: undefined }],
    ['is null', { value: null }],
    [
      'throws',
      {
        get: () => {
          throw new Error('not here');
        },
      },
    ],
    ['has no prototype', { value: () => {} }],
    ['has a prototype without getters', { value: Error }],
    [
      'has a prototype that throws',
      {
        value: {
          get prototype(): never {
            throw new Error('not here');
          },
        },
      },
    ],
  ])('%s', async (_, descriptor) => {
    vi.resetModules();
    const exception = new DOMException('inner', 'AbortError');
    vi.stubGlobal('DOMException', undefined);
    Object.defineProperty(globalThis, 'DOMException', { configurable: true, ...descriptor });
    const loaded: ErrorText = await import('../../runtime/call/error-text.ts');
    expect(loaded.errorText(exception)).toBeUndefined();
    expect(loaded.errorText(new Error('plain'))).toBe('plain');
  });
});
