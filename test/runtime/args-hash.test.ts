import { describe, expect, test } from 'vitest';
import { hashOf } from '../../runtime/call/args-hash.ts';

describe('hashOf', () => {
  test('is the same for structurally equal arguments, whatever the order of their keys', () => {
    const make = (): unknown[] => [
      1,
      'a',
      { x: [1, 2, { y: new Date(5) }], z: new Map([[1, new Set(['s'])]]) },
    ];
    expect(hashOf(make())).toBe(hashOf(make()));
    expect(hashOf([{ a: 1, b: 2 }])).toBe(hashOf([{ b: 2, a: 1 }]));
  });

  test('is the same on every machine', () => {
    expect(hashOf([1, 'two', { three: [3n, null, undefined, true] }])).toBe('eebbd0cf');
  });

  test('tells apart what differs', () => {
    const values: unknown[][] = [
      [],
      [undefined],
      [null],
      [0],
      [-0],
      [1],
      ['1'],
      [1n],
      [true],
      ['true'],
      [[]],
      [{}],
      [[1]],
      [[1, 2]],
      [[2, 1]],
      [1, 2],
      [{ a: 1 }],
      [{ a: 2 }],
      [{ b: 1 }],
      [new Date(1)],
      [new Date(2)],
      [new Map()],
      [new Set()],
      [new Map([[1, 2]])],
      [new Map([[1, 3]])],
      [/a/],
      [/b/],
      [new URL('http://a.example/')],
      [new URL('http://b.example/')],
      [new Error('one')],
      [new Error('two')],
      [new ArrayBuffer(1)],
      [new Uint8Array([7]).buffer],
      [`${'x'.repeat(5000)}y`],
      [`${'x'.repeat(5000)}z`],
      [new Uint8Array([1])],
      [new Uint8Array([2])],
      [
        Object.create(
          class A {
            a = 1;
          }.prototype,
        ),
      ],
      [
        Object.create(
          class B {
            b = 1;
          }.prototype,
        ),
      ],
      ['ab', 'c'],
      ['a', 'bc'],
    ];
    expect(new Set(values.map(hashOf)).size).toBe(values.length);
  });

  test('runs no getter, no trap and no method of the user’s', () => {
    const fail = (): never => {
      throw new Error('must not run');
    };
    const getter = Object.defineProperty({}, 'x', { get: fail, enumerable: true });
    const proxy = new Proxy(
      {},
      { get: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail, has: fail },
    );
    const methods = {
      toJSON: fail,
      toString: fail,
      valueOf: fail,
      [Symbol.toPrimitive]: fail,
      [Symbol.iterator]: fail,
    };
    expect(hashOf([getter, proxy, methods, { inner: [proxy] }])).toMatch(/^[0-9a-f]{8}$/);
  });

  test('ends on cycles, depth, breadth and length', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, { cycle });
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i++) deep = { deep };
    const wide = Array.from({ length: 1_000_000 }, (_, i) => i);
    expect(hashOf([cycle, deep, wide, 'x'.repeat(10_000_000)])).toMatch(/^[0-9a-f]{8}$/);
  });
});
