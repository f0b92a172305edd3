// A compiler of components for the tests, by its bundler's own hooks: as Vue's, it makes of `App.vue` a module that
// imports the script under a query of its own, from where the script is loaded.
import { readFile } from 'node:fs/promises';
import { createUnplugin } from 'unplugin';

const QUERY = '?vue&type=script&lang.js';
const isScript = (id) => id.endsWith(QUERY);
const isComponent = (id) => id.endsWith('.vue');
const scriptOf = (text) => /<script>([^]*?)<\/script>/.exec(text)[1];

export const components = createUnplugin((_, { framework }) => ({
  name: 'components',
  ...(framework === 'bun' ? {} : parts(framework === 'farm')),
  transformInclude: isComponent,
  transform: (text, id) =>
    framework === 'bun' ? scriptOf(text) : `export * from ${JSON.stringify(id + QUERY)};`,
}));

/**
 * Not for Bun, which forgets the project's tsconfig.json where a plugin resolves anything.
 * @param loadsComponents Farm itself reads no files but those that it knows
 */
const parts = (loadsComponents) => ({
  resolveId: (id) => (isScript(id) ? id : undefined),
  loadInclude: (id) => isScript(id) || (loadsComponents && isComponent(id)),
  async load(id) {
    const text = await readFile(id.replace(QUERY, ''), 'utf8');
    return isScript(id) ? scriptOf(text) : text;
  },
});
