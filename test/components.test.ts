import { describe, expect, it } from 'vitest';
import { firstMark } from '../transformer/hosts/components.ts';

/** The rest of the line at which the mark is found. */
function found(component: string, file: string = 'a.vue'): string | undefined {
  const start = firstMark(component, file);
  return start === undefined ? undefined : component.slice(start).split('\n')[0];
}

describe('the mark of a component', () => {
  it.each([
    ['of Vue', '<script setup lang="ts">\n// @monitor first\nconst one = () => 1;\n// @monitor\n</script>\n'],
    [
      'of Svelte',
      '<script module>\n  export const load = 1;\n</script>\n<script>\n  // @monitor first\n</script>',
    ],
    [
      'of Astro',
      '---\nif (none) return 1;\n// @monitor first\nconst one = (n: number) => n;\n---\n<p>{one(1)}</p>\n',
    ],
    ['in a script of Astro', '---\nconst a = 1;\n---\n<p>---</p>\n<script>\n// @monitor first\n</script>\n'],
    [
      'behind an attribute with angle brackets',
      '<script generic="T extends Map<A, B>">// @monitor first\n</script>',
    ],
    ['behind the end of a script in another case', '<SCRIPT>1</SCRIPT ><script>// @monitor first\n</script>'],
    ['behind JSX', '<script lang="tsx">\nconst a = <b>// @monitor\n</b>;\n// @monitor first\n</script>'],
    ['before what does not parse', '<script>\n// @monitor first\nfunction (\n</script>'],
    ['for a whole file', '<script>\n// @monitor-file threshold=1\n// @monitor\n</script>'],
  ])('%s is found', (_, component) => {
    expect(found(component)).toMatch(/^\/\/ @monitor(?:-file| first)/);
  });

  it.each([
    'const a = <template>\n// @monitor\n</template>;\nexport default class B extends A {\n  // @monitor first\n  get label() { return 1; }\n  <template><p>{{this.label}}</p></template>\n}',
    '// @monitor first\nfunction label(n: number): number { return n; }\n<template>{{label 1}}</template>',
  ])('of Ember is found', (component) => {
    expect(found(component, 'app/a.gts')).toBe('// @monitor first');
    expect(found('<template>\n// @monitor\n</template>', 'app/a.gjs')).toBeUndefined();
  });

  it.each([
    ['a comment of the markup', '<!-- <script>\n// @monitor\n</script> -->\n<script>let a;</script>'],
    ['the markup', '<template><script-name>// @monitor</script-name></template>'],
    ['a string', "<script>const a = '// @monitor';\nconst b = `\n// @monitor\n`;</script>"],
    ['another word', '<script>// @monitored\n// @monitor-ignore\n// see @monitor\n</script>'],
    [
      'a decorator, which works there',
      "<script>import { monitor } from 'tka-perf';\nclass A { @monitor b() {} }</script>",
    ],
    ['a script from elsewhere', '<script src="./a.ts" />\n// @monitor\n<script src="./b.ts"></script>'],
  ])('is none in %s', (_, component) => {
    expect(found(component)).toBeUndefined();
  });
});
