import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { renderTable, shortenMiddle, type Column } from '../../cli/text/table.ts';

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'function', align: 'left', expendable: 0, shrinksTo: 10, cell: ({ name }) => name },
  { title: 'calls', align: 'right', expendable: 1, cell: ({ calls }) => String(calls) },
  {
    title: 'errors',
    align: 'right',
    expendable: 2,
    cell: ({ errors }) => String(errors),
    isEmpty: ({ errors }) => errors === 0,
  },
  { title: 'twice', align: 'right', expendable: 3, cell: ({ calls }) => String(2 * calls) },
];
const row = (name: string, calls: number, errors = 0): Row => ({ name, calls, errors });

describe('a table', () => {
  test('aligns names left and numbers right', () => {
    expect(renderTable(COLUMNS, [row('src/cart.total', 12, 1), row('a', 12_345)], 80)).toEqual([
      'function        calls  errors  twice',
      'src/cart.total     12       1     24',
      'a               12345       0  24690',
    ]);
  });

  test('drops the most expendable column where it is too narrow', () => {
    expect(renderTable(COLUMNS, [row('src/cart.total', 12, 1)], 25)).toEqual([
      'function    calls  errors',
      'src….total     12       1',
    ]);
  });

  test('drops a column that tells nothing before one that tells something', () => {
    expect(renderTable(COLUMNS, [row('src/cart.total', 12)], 25)[0]).toBe('function     calls  twice');
  });

  test('stays aligned with wide characters', () => {
    const [titles = '', wide = ''] = renderTable(COLUMNS, [row('日本語の関数', 7)], 80);
    expect(stringWidth(wide)).toBe(stringWidth(titles));
  });
});

describe('shortening in the middle', () => {
  test('keeps more of the end than of the beginning', () => {
    expect(shortenMiddle('src/very/long/path/cart.Cart.total', 20)).toBe('src/ve…rt.Cart.total');
  });

  test('never exceeds the width, and never cuts a character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
        const short = shortenMiddle(text, width);
        expect(stringWidth(short)).toBeLessThanOrEqual(Math.max(width, 0));
        expect(short).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
