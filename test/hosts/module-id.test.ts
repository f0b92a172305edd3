import { describe, expect, it } from 'vitest';
import { fileOf, SOURCE_ID } from '../../transformer/hosts/module-id.ts';

describe('ids of modules', () => {
  it.each([
    ['/src/app.js', '/src/app.js'],
    ['/src/app.tsx?v=0f3a', '/src/app.tsx'],
    ['/src/app.mjs?import&t=17', '/src/app.mjs'],
    ['/src/work.ts?worker_file&type=module', '/src/work.ts'],
    ['/app/home.tsx?route-chunk=clientLoader', '/app/home.tsx'],
    ['/src/routes/index.tsx?pick=default&pick=$css', '/src/routes/index.tsx'],
    ['/src/fns.ts?tsr-directive-use-server=', '/src/fns.ts'],
    ['/src/fns.ts?tss-serverfn-split', '/src/fns.ts'],
    ['/app/home.tsx?__react-router-build-client-route', '/app/home.tsx'],
    ['/c#1/src/app.js', '/c#1/src/app.js'],
    ['/c#1/src/app.js?v=1', '/c#1/src/app.js'],
    ['/src/c#1.js', '/src/c#1.js'],
    ['file:///src/app.js', 'file:///src/app.js'],
    ['/v1.0#2/app.js', '/v1.0#2/app.js'],
    ['/really?/src/app.js', '/really?/src/app.js'],
    ['/really?/src/app.js?t=1', '/really?/src/app.js'],
    [String.raw`C:\c#1\src\app.cts`, String.raw`C:\c#1\src\app.cts`],
  ])('%s is a source', (id, file) => {
    expect(SOURCE_ID.test(id)).toBe(true);
    expect(fileOf(id)).toBe(file);
  });

  it.each([
    '/src/app.js?raw',
    '/src/app.js?worker',
    '/src/app.js?url&v=1',
    '/src/app.js#part',
    '/src/App.vue',
    '/src/App.vue?vue&type=script&setup=true&lang.ts',
    '/src/App.vue?vue&type=script&src=/src/code.ts&lang.ts',
    '/src/code.ts?vue&type=script&src=0f3a&lang.ts',
    '/c#1/src/App.vue?vue&type=script&lang.ts',
    '/src/App.vue#script.ts',
    '/src/style.css?inline',
    '\0virtual.js',
    '\0/src/dependency.js?commonjs-proxy',
    '/src/dependency.js?commonjs-es-import',
    '/a/x.svg?component/foo.js',
    '/a/b.js?inline/x.ts',
    '/a/App.vue?/path/a.ts',
    '#imports',
    '#build/plugins.mjs',
    'virtual:nuxt:%2Fapp%2F.nuxt%2Froutes.mjs',
    'https://example.org/app.js',
    '/src/types.d.ts',
    '/c#1/types.d.ts',
  ])('%j is none', (id) => {
    expect(SOURCE_ID.test(id)).toBe(false);
  });
});
