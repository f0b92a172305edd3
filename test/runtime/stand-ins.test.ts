/** Where `process` is not Node's, the runtime measures as in a browser, and the program notices nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleChild } from '../support/bundle.ts';

let child: ReturnType<typeof bundleChild>;
beforeAll(() => {
  child = bundleChild(fileURLToPath(new URL('children/stand-in.ts', import.meta.url)));
});
afterAll(() => child.remove());

/** Results, numbers of calls, what the runtime could not do. */
const SAID = `${JSON.stringify([[2, 4, 6, 'mine', 'waited'], [3, 1, 1], {}])}\n`;

test.each([
  ['a browser’s, which is none', 'undefined'],
  ['a bundler’s', '{ env: {}, uptime: () => 1 }'],
  [
    'an edge runtime’s, whose functions throw',
    'new Proxy({ env: {} }, { get: (own, key) => own[key] ?? (() => { throw new Error(`${String(key)} is not supported`); }) })',
  ],
  [
    'an edge runtime’s, whose properties throw',
    'new Proxy({}, { get: (_, key) => { throw new Error(`${String(key)} is not supported`); } })',
  ],
  [
    'one that has few of Node’s modules, which is asked once for each of the others',
    "((asked) => new Proxy(process, { get: (own, key) => key !== 'getBuiltinModule' ? own[key] : (id) => { if (id === 'node:path') return own[key](id); if (asked.has(id)) console.error('asked again', id); asked.add(id); throw new Error(`no match for module: ${id}`); } }))(new Set())",
  ],
  [
    'Deno’s, where the program may not use it, and nobody is to be asked',
    "(globalThis.Deno = { permissions: { querySync: () => ({ state: 'prompt' }) } }, new Proxy(process, { get: (own, key) => { if (key === 'env') throw new Error('asked'); return own[key]; } }))",
  ],
])('%s', (_, standIn) => {
  const code = `globalThis.process = ${standIn}; await import(${JSON.stringify(child.path)});`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: SAID, stderr: '' });
});
