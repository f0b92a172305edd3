import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';

/** Statements of a random body; each leaf logs its number, so that the order of effects shows. */
interface Shape {
  readonly statement: string;
}

const leaf = fc.constantFrom(
  'log(1);',
  'if (log(2)) return log(3);',
  'if (log(4)) return;',
  'if (log(5)) return () => 1;',
  'if (log(6)) return log(7), log(8);',
  'if (log(9)) throw fail(10);',
  'if (log(11)) break;',
  'if (log(12)) continue;',
  'if (log(13)) break outer;',
  'if (log(14)) continue outer;',
);

const { statement } = fc.letrec<{ statement: Shape; list: Shape }>((tie) => ({
  list: fc
    .array(tie('statement'), { minLength: 1, maxLength: 3 })
    .map((list) => ({ statement: list.map((one) => one.statement).join('\n') })),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf.map((text) => ({ statement: text })),
    fc.tuple(tie('list'), tie('list'), tie('list')).map(([a, b, c]) => ({
      statement: `try { ${a.statement} } catch (error) { log(20); ${b.statement} } finally { ${c.statement} }`,
    })),
    fc
      .tuple(tie('list'), tie('list'))
      .map(([a, b]) => ({ statement: `try { ${a.statement} } finally { ${b.statement} }` })),
    tie('list').map(({ statement }) => ({ statement: `try { ${statement} } catch { log(21); }` })),
    tie('list').map(({ statement }) => ({ statement: `for (const item of items()) { ${statement} }` })),
    tie('list').map(({ statement }) => ({
      statement: `switch (log(22) ? 1 : 0) { case 0: ${statement} default: log(23); }`,
    })),
    // A label of its own: no block is as long as one inside of it.
    tie('list').map(({ statement }) => {
      const label = `l${statement.length}`;
      return { statement: `${label}: { ${statement} if (log(24)) break ${label}; }` };
    }),
    tie('list').map(({ statement }) => ({ statement: `// @monitor name="block"\n{ ${statement} }` })),
  ),
}));

/** Runs the code with a fixed row of coin tosses, and notes everything that can be seen from outside. */
function observe(
  code: string,
  tosses: readonly boolean[],
): { seen: unknown[]; open: number; outcomes: (readonly [string, boolean])[] } {
  const seen: unknown[] = [];
  let step = 0;
  const log = (value: number): boolean => {
    seen.push(value);
    return tosses[step++ % tosses.length] ?? false;
  };
  const fail = (value: number): Error => new Error(`fail ${value}`);
  function* items(): Generator<number> {
    try {
      yield 1;
      yield 2;
    } finally {
      if (log(30)) throw fail(31);
    }
  }
  let open = 0;
  const outcomes: (readonly [string, boolean])[] = [];
  const registry = {
    unit: (_: number, __: string, sites: readonly (readonly [name: string])[]) => {
      const names: string[] = [];
      return {
        probes: sites.map(() => ({ caught: () => {} })),
        first: 0,
        enter: (site: number) => {
          open++;
          return names.push(sites[site]?.[0] ?? '');
        },
        exit: (token: number) => {
          open--;
          outcomes.push([names[(token < 0 ? ~token : token) - 1] ?? '', token < 0]);
        },
      };
    },
  };
  Object.defineProperty(globalThis, Symbol.for('tka-perf'), { value: registry, configurable: true });
  try {
    const run = new Function('log', 'fail', 'items', `${code}\nreturn run;`)(
      log,
      fail,
      items,
    ) as () => unknown;
    const value = run();
    seen.push(['returned', typeof value === 'function' ? `function ${value.name}` : value]);
  } catch (error) {
    seen.push(['threw', String(error)]);
  } finally {
    Reflect.deleteProperty(globalThis, Symbol.for('tka-perf'));
  }
  return { seen, open, outcomes };
}

test.each([
  ['marked function', '// @monitor\n'],
  ['marked blocks only', ''],
])('%s: any nesting of jumps does the same, and each call ends once', (_, mark) => {
  fc.assert(
    fc.property(statement, fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }), (body, tosses) => {
      const code = `${mark}function run() {\nouter: for (let round = 0; round < 2; round++) {\n${body.statement}\n}\nreturn 'end';\n}`;
      const result = instrument(code, { file: 'run.js', runtime: 'global', format: 'commonjs' });
      const plain = observe(code, tosses);
      const instrumented = observe(result?.code ?? code, tosses);
      expect(instrumented.seen).toEqual(plain.seen);
      expect(instrumented.open).toBe(0);
      if (result?.sites.some(({ name }) => name === 'run.run')) {
        const last = instrumented.outcomes.at(-1);
        const threw = Array.isArray(plain.seen.at(-1)) && (plain.seen.at(-1) as string[])[0] === 'threw';
        expect(last).toEqual(['run.run', !threw]);
      }
    }),
    { numRuns: 1000 },
  );
});
