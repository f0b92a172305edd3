import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseSync } from 'oxc-parser';
import { instrument } from '../transformer/index.ts';
import { createInstrumenter } from 'istanbul-lib-instrument';

/** One line of the result: medians and minima in milliseconds over the rounds. */
export interface TransformRow {
  readonly name: string;
  readonly minMs: number;
  readonly medianMs: number;
  /** Median over the median of the parser alone. */
  readonly ratio: number;
}

const ROUNDS = 7;

/** Times the transform of TypeScript's 6 MB `_tsc.js`, every function selected, against the parser alone and a rival. */
export function benchTransform(): { sizeBytes: number; sites: number; rows: TransformRow[] } {
  const require = createRequire(import.meta.url);
  const code = readFileSync(require.resolve('typescript/lib/_tsc.js'), 'utf8');
  const options = { file: '_tsc.js', root: '/', functions: 'all' } as const;
  const cases: Record<string, { rounds: number; run: () => unknown }> = {
    'oxc-parser, parse alone': { rounds: ROUNDS, run: () => parse(code) },
    instrument: { rounds: ROUNDS, run: () => instrument(code, options)?.code },
    'instrument, with source map': { rounds: ROUNDS, run: () => instrument(code, options)?.map.mappings },
    'istanbul-lib-instrument': {
      rounds: 1,
      run: () => createInstrumenter({ compact: false }).instrumentSync(code, '_tsc.js'),
    },
  };
  const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { rounds, run }] of Object.entries(cases)) {
      if (round >= rounds) continue;
      const start = performance.now();
      run();
      times.get(name)?.push(performance.now() - start);
    }
  }
  const floor = median(times.get('oxc-parser, parse alone') ?? []);
  const rows = [...times].map(([name, list]) => ({
    name,
    minMs: Math.min(...list),
    medianMs: median(list),
    ratio: median(list) / floor,
  }));
  return { sizeBytes: code.length, sites: instrument(code, options)?.sites.length ?? 0, rows };
}

function parse(code: string): unknown {
  const result = parseSync('_tsc.js', code, { lang: 'jsx', sourceType: 'unambiguous' });
  return [result.program, result.comments];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
