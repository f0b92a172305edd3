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
      [/a/g],
      [new Object(1)],
      [new Object(2)],
      [new Object(true)],
      [new Object(1n)],
      [new Object(2n)],
      [new RegExp('a', 'v')],
      [[1, undefined, 3]],
      // eslint-disable-next-line no-sparse-arrays
      [[1, , 3]],
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
    class Bytes extends Uint8Array {}
    class View extends (DataView as new (bytes: ArrayBuffer) => DataView) {}
    class Parts extends Array {}
    for (const { prototype } of [Bytes, View])
      for (const key of ['buffer', 'byteOffset', 'byteLength', 'length', Symbol.toStringTag])
        Object.defineProperty(prototype, key, { get: fail });
    const flags = Object.defineProperties(/a/, {
      flags: { get: fail },
      global: { get: fail },
      source: { get: fail },
    });
    let told = 0;
    const tell = (): never => {
      told++;
      throw new Error('must not run');
    };
    const inherits = Object.create(
      Object.create(new Proxy({}, { getPrototypeOf: tell, get: tell, has: tell })),
    );
    const args = [
      getter,
      proxy,
      methods,
      { inner: [proxy] },
      new Bytes(4),
      new View(new ArrayBuffer(4)),
      flags,
    ];
    expect(hashOf(args)).toMatch(/^[0-9a-f]{8}$/);
    expect(hashOf([inherits, new Parts(3)])).toMatch(/^[0-9a-f]{8}$/);
    expect(told).toBe(0);
    expect(hashOf([new Bytes([1])])).not.toBe(hashOf([new Bytes([2])]));
    expect(hashOf([new View(new ArrayBuffer(1))])).not.toBe(hashOf([new View(new ArrayBuffer(2))]));
  });

  test('ends on cycles, depth, breadth and length', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, { cycle });
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i++) deep = { deep };
    const wide = Array.from({ length: 1_000_000 }, (_, i) => i);
    const holes: unknown[] = [];
    holes.length = 4e9;
    expect(hashOf([holes, cycle, deep, wide, 'x'.repeat(10_000_000)])).toMatch(/^[0-9a-f]{8}$/);
  });
});
