import type { JournalRecord, MetricTuple } from '../../runtime/format/record.ts';
import { aggregate, head, line, site, START, writeJournal } from './support.ts';

/** Names and messages as an attacker, or a careless program, would choose them. */
export const HOSTILE: readonly string[] = [
  '=HYPERLINK("http://127.0.0.1/","x")',
  '\'=HYPERLINK("http://127.0.0.1/","x")',
  '+1+1',
  '-2',
  '@SUM(A1)',
  '\tcell',
  '\rline',
  '＝1',
  'quote " comma , end',
  'back\\slash \\x1b',
  '\u001b[31mred\u001b]0;owned\u0007',
  'two\nlines',
  'two\\x0alines',
  '\\\u0001',
  '\\x01',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '\u202egnirts',
  '\ud800',
  '__proto__',
  'مجموع السلة',
  '日本語',
];

interface Call {
  readonly id: number;
  /** Milliseconds since the start. */
  readonly from: number;
  readonly to: number;
  readonly more?: Partial<MetricTuple>;
}

const call = ({ id, from, to, more }: Call): MetricTuple => ({
  id,
  durationNs: (to - from) * 1e6,
  at: START + to,
  ok: true,
  ...more,
});

/** A run of one process: a synchronous function in another one, overlapping async calls, and hostile names. */
export function shopRecords(): JournalRecord[] {
  const sites = [
    site(0, 'src/cart.Cart.total', { file: 'src/cart.ts', line: 41, column: 2, kind: 'method' }),
    site(1, 'src/cart.Cart.tax', { file: 'src/cart.ts', line: 52, kind: 'method' }),
    site(2, 'src/shop.checkout', { file: 'src/shop.ts', line: 7, kind: 'async' }),
    ...HOSTILE.map((name, index) => site(3 + index, name)),
  ];
  const histogram = { scale: 5, zeroCount: 0, offset: 640, counts: [1, 0, 3, 0, 4] };
  const sums = [
    aggregate(0, 8, 1.5, {
      histogram,
      timed: 8,
      belowThreshold: 3,
      rss: { n: 2, sumBytes: 4_096 },
      heap: { n: 2, sumBytes: 3_000 },
      cpu: { n: 1, cpuNs: 3e5, wallNs: 4e5 },
    }),
    aggregate(1, 20, 0.25, { selfNs: 1e6 }),
    aggregate(2, 3, 40, { errors: 1, lastError: '=cmd|x', waitNs: 1e6, activeNs: 1e6 }),
    ...HOSTILE.map((message, index) => aggregate(3 + index, 2, 1, { errors: 1, lastError: message })),
  ];
  const metrics = [
    call({ id: 1, from: 10, to: 11 }),
    call({ id: 1, from: 12, to: 13 }),
    // Its own cost taken off, it seems to begin after the first call within it.
    call({ id: 0, from: 10.3, to: 14, more: { memoryBytes: 4_096, argsHash: 'aa11' } }),
    call({ id: 0, from: 20, to: 21, more: { argsHash: 'bb22' } }),
    call({ id: 2, from: 5, to: 50 }),
    call({ id: 2, from: 30, to: 70, more: { ok: false, error: '=cmd|x' } }),
    ...HOSTILE.map((message, index) =>
      call({ id: 3 + index, from: 80 + index, to: 80.5 + index, more: { ok: false, error: message } }),
    ),
  ];
  return [
    head({ command: ['dist/server.js', '--port', '80'] }),
    ...sites,
    { t: 'agg', at: START + 100, sites: sums, metrics: 31 },
    { t: 'metrics', metrics },
    { t: 'end', at: START + 100, reason: 'exit', exitCode: 0 },
  ];
}

/** A journal with {@link shopRecords}. @returns its directory */
export function shopJournal(): string {
  return writeJournal({ 'run-a': { '1-0.0.tkap': shopRecords().map(line).join('') } });
}
