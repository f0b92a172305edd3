import { describe, expect, test } from 'vitest';
import picomatch from 'picomatch';
import { containing, globMatcher, isGlob } from '../../cli/text/glob.ts';

describe('a glob of names', () => {
  test.each([
    ['a*c', ['abc', 'ac', 'a/b.c'], ['abcd', 'xabc']],
    ['a**c', ['abc'], ['b']],
    ['a?c', ['abc', 'a.c'], ['ac', 'abbc']],
    ['[ab]x', ['ax', 'bx'], ['cx', 'abx']],
    ['[a-c]', ['a', 'b'], ['-', 'd']],
    ['[!a-c]', ['d', '-', '!'], ['a']],
    ['[^a]', ['b', '^'], ['a']],
    ['[]]', [']'], ['[]]x']],
    ['{a,b*}.x', ['a.x', 'b12.x'], ['{a,b*}.', 'c.x']],
    ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b']],
    ['{,a}b', ['b', 'ab'], ['aab']],
    ['*\n*', ['two\nlines'], ['two lines']],
    // What has no partner, and braces without a choice.
    ['[a', ['[a'], ['a']],
    ['{a,b', ['{a,b'], ['a']],
    ['a}b]', ['a}b]'], ['ab']],
    ['{a}', ['{a}'], ['a']],
    ['[z-a]', ['[z-a]'], ['z']],
    ['[]', ['[]'], ['']],
    // Signs of other languages of patterns.
    ['*zzz|*', ['a.zzz|b'], ['b', 'zzz', '|']],
    ['!a', ['!a'], ['b']],
    ['+(a)*', ['+(a)', '+(a)b'], ['aa']],
    ['@(a)*', ['@(a)b'], ['ab']],
    ['*(a|b)', ['f(a|b)'], ['a', 'b']],
    ['<anonymous>@41:*', ['<anonymous>@41:7'], ['<anonymous>@4:1']],
    ['get *', ['get total'], ['total']],
    ['*#t.^$/"x"', ['a#t.^$/"x"'], ['a#tt^$/"x"']],
    ['./a', ['./a'], ['a']],
    // A backslash takes the sign behind it, and no other one, as it is.
    [String.raw`\*\[a\]*`, ['*[a]b'], ['xa']],
    [String.raw`{a\,b,c}`, ['a,b', 'c'], ['a']],
    [String.raw`a\b*\\`, ['a\\bc\\'], ['ab']],
    // A name stands for itself.
    ['Cart.[Symbol.iterator]', ['Cart.[Symbol.iterator]', 'Cart.S'], ['Cart.x']],
  ])('%s', (glob, fitting, others) => {
    const matches = globMatcher(glob, picomatch);
    expect(fitting.filter((name) => !matches(name))).toEqual([]);
    expect(others.filter(matches)).toEqual([]);
  });

  test.each(['a', '|', '[Sym', '{a', '(a)', '!a', '@(a)', String.raw`\x`, '\\'])(
    '%s is none, and is contained in names as it is',
    (text) => {
      expect(isGlob(text)).toBe(false);
      const matches = globMatcher(containing(text), picomatch);
      expect([text, `a${text}`, `a${text}b`, 'b.c'].map(matches)).toEqual([true, true, true, false]);
    },
  );

  test.each(['*', 'a?', '[a]', '{a,b}', String.raw`\*`])('%s is one', (text) =>
    expect(isGlob(text)).toBe(true),
  );
});
