/** The page, in a real browser. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { withBrowser } from '../support/browser.ts';
import { hasTools } from '../support/tools.ts';
import { barsOf } from '../../cli/html/bars.ts';
import { moments, wholeCounts } from '../../cli/html/client/ticks.ts';
import { HOSTILE, shopJournal } from './shop.ts';
import { aggregate, runCli, temporaryFolder, writeJournal, writerRecords, writeTree } from './support.ts';

const require = createRequire(import.meta.url);

/** What the page must not cause: requests, errors, dialogs. */
interface Trouble {
  readonly requests: string[];
  readonly errors: string[];
}

async function openReport(
  use: (page: Page, trouble: Trouble) => Promise<void>,
  { colorScheme = 'light', dir = shopJournal() }: { colorScheme?: 'light' | 'dark'; dir?: string } = {},
): Promise<void> {
  const file = join(temporaryFolder(), 'report.html');
  const { code, stderr } = runCli(['report', '--html', file, '--dir', dir]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: `✅ Report written to ${file}\n` });
  await withBrowser({ colorScheme }, async (browser) => {
    const page = await browser.newPage();
    const trouble: Trouble = { requests: [], errors: [] };
    page.on('request', (request) => trouble.requests.push(request.url()));
    page.on('console', (message) => trouble.errors.push(message.text()));
    page.on('pageerror', ({ message }) => trouble.errors.push(message));
    page.on('dialog', (dialog) => {
      trouble.errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await use(page, trouble);
    expect(trouble).toEqual({ requests: [url], errors: [] });
  });
}

const namesOf = (page: Page): Promise<string[]> => page.locator('#functions tbody th').allTextContents();
const valuesOf = (page: Page, key: string): Promise<string[]> =>
  page.locator(`#functions tbody td.${key}`).allTextContents();

/** Points of a canvas that are painted, by colour; an empty plot has none. */
const paintedColors = (page: Page): Promise<number[]> =>
  page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colors = new Map();
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] === 255) { const key = data[i] << 16 | data[i + 1] << 8 | data[i + 2]; colors.set(key, (colors.get(key) ?? 0) + 1); }
    return Math.max(0, ...colors.values());
  })`);

describe.skipIf(!hasTools('chromium'))('the page', () => {
  test('sorts, filters and shows a function, by pointer and by keyboard', () =>
    openReport(async (page) => {
      expect(await page.title()).toBe('tka-perf · run run-a');
      expect(await namesOf(page)).toHaveLength(3 + HOSTILE.length);
      expect((await namesOf(page))[0]).toBe('src/shop.checkout');

      await page.click('thead th.calls button');
      expect((await valuesOf(page, 'calls')).slice(0, 3)).toEqual(['20', '8', '3']);
      expect(await page.getAttribute('thead th.calls', 'aria-sort')).toBe('descending');
      await page.keyboard.press('Enter');
      expect(await page.getAttribute('thead th.calls', 'aria-sort')).toBe('ascending');
      expect((await valuesOf(page, 'calls')).at(-1)).toBe('20');

      await page.keyboard.press('/');
      await page.keyboard.type('cart cart.*tax');
      expect(await namesOf(page)).toEqual(['src/cart.Cart.tax']);
      expect(await page.textContent('#shown')).toBe(`1 of ${3 + HOSTILE.length}`);
      // What is not in the table any more is not shown beside it.
      expect(await page.textContent('#detail h2')).toBe('src/cart.Cart.tax');
      await page.keyboard.press('Escape');
      await page.fill('#filter', 'cart.{total,tax}');
      expect((await namesOf(page)).toSorted()).toEqual(['src/cart.Cart.tax', 'src/cart.Cart.total']);
      await page.fill('#filter', 'nothing is called so');
      expect(await page.textContent('#detail')).toBe('');
      await page.keyboard.press('Escape');
      expect(await namesOf(page)).toHaveLength(3 + HOSTILE.length);

      await page.click('thead th.total button');
      await page.click('text=src/shop.checkout');
      await page.keyboard.press('ArrowUp');
      expect(await page.textContent('#detail h2')).toBe('src/shop.checkout');
      await page.keyboard.press('ArrowDown');
      expect(await page.textContent('#detail h2')).not.toBe('src/shop.checkout');
      await page.click('text=src/cart.Cart.total');
      expect(await page.textContent('#detail .place')).toBe('src/cart.ts:41:3 · method');
    }));

  test('marks memory that few samples tell, and says so', () =>
    openReport(async (page) => {
      expect((await valuesOf(page, 'memory')).toSorted().at(-1)).toBe('–');
      expect(await valuesOf(page, 'memory')).toContain('?2.00kB');
      expect(await valuesOf(page, 'alloc')).toContain('?1.46kB');
      expect(await page.textContent('#legend')).toContain(
        '? before memory and alloc: from fewer than 10 samples',
      );
    }));

  test.each(['light', 'dark'] as const)('draws its plots and is accessible when %s', (scheme) =>
    openReport(
      async (page) => {
        await page.click('text=src/cart.Cart.total');
        // Bars fill more than a frame's lines do.
        for (const painted of await paintedColors(page)) expect(painted).toBeGreaterThan(1_000);
        expect(await page.locator('canvas').count()).toBe(2);
        expect(await page.locator('[role=img]').first().getAttribute('aria-label')).toBe(
          'Latency distribution of 8 calls, from 1.05ms to 1.25ms',
        );
        const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
        // Evaluated from outside: the page's policy lets no script in.
        await page.evaluate(axe);
        const violations = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
          `axe.run().then(({ violations }) => violations)`,
        );
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      },
      { colorScheme: scheme },
    ),
  );

  test('draws every figure at an axis whole', () => {
    const spread = { scale: 5, zeroCount: 0, offset: 640, counts: [9_000_000, ...Array(7).fill(0), 1] };
    const records = writerRecords([['busy', (id) => aggregate(id, 9_000_001, 0.001, { histogram: spread })]]);
    return openReport(
      async (page) => {
        await page.evaluate(`(() => {
          globalThis.outside = [];
          globalThis.drawn = [];
          const { fillText } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
            const { e, a } = this.getTransform();
            const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right } = this.measureText(text);
            drawn.push(text);
            if (e + a * (x - left) < 0 || e + a * (x + right) > this.canvas.width) outside.push(text);
            return fillText.call(this, text, x, y);
          };
        })()`);
        await page.click('#functions tbody tr');
        await page.waitForFunction('drawn.length > 10');
        expect(await page.evaluate('drawn')).toContain('2,000,000');
        expect(await page.evaluate('outside')).toEqual([]);
      },
      { dir: writeJournal({ r: { 'a.tkap': records } }) },
    );
  });

  test.each([
    ['most', [10], 1],
    ['all', [], 0],
  ])('says how many calls are in no bar, being too short for the clock: %s', (_, counts, canvases) => {
    const histogram = { scale: 5, zeroCount: 30, offset: 640, counts };
    const records = writerRecords([
      ['quick', (id) => aggregate(id, 30 + 10 * canvases, 1e-6, { histogram })],
    ]);
    const usage = { t: 'usage', elapsedMs: 1_000, overheadMs: 1, noiseNs: 1.02 };
    return openReport(
      async (page) => {
        expect(await page.textContent('td.p50')).toBe('<1.02ns');
        expect(await page.textContent('figure .remark')).toBe(
          `In no bar: 30 of ${30 + 10 * canvases} calls (<1.02ns, shorter than the clock can tell from nothing)`,
        );
        expect(await page.locator('figure:has(.remark) canvas').count()).toBe(canvases);
      },
      { dir: writeJournal({ r: { 'a.tkap': [...records.slice(0, -1), usage, ...records.slice(-1)] } }) },
    );
  });

  test('shows hostile names and messages as text', () =>
    openReport(async (page) => {
      const names = await namesOf(page);
      expect(names).toContain('</script><script>alert(1)</script>');
      expect(names).toContain('<img src=x onerror=alert(1)>');
      expect(names).toContain(String.raw`\u202egnirts`);
      expect(names).toContain(String.raw`\x1b[31mred\x1b]0;owned\x07`);
      expect(names).toContain('مجموع السلة');
      await page.getByRole('button', { name: '<img src=x' }).click();
      expect(await page.textContent('#detail .failure')).toBe('The last error: <img src=x onerror=alert(1)>');
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(2);
    }));

  test('fits a narrow window', () =>
    openReport(async (page) => {
      await page.setViewportSize({ width: 360, height: 640 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }));

  describe('with wide numbers', () => {
    const rss = { n: 4, sumBytes: 4 * 123_456_789 };
    const trend = { n: [40, 40], mean: [1e6, 1e8], variance: [1, 1] } as const;
    const sampled = { timed: 1_000, represented: 1_234_567, spread: 1e12, rss, heap: rss };
    const wide = { errors: 12_345, ...sampled, trend };
    const dirOf = (names: readonly string[]): string =>
      writeJournal({
        r: {
          'a.tkap': writerRecords(
            names.map((name) => [name, (id) => aggregate(id, 1_234_567, 12.345, wide)] as const),
          ),
        },
      });
    const short = ['cart.total', 'shop.checkout'];
    const long = `src/services/pricing/discount.${'DiscountCalculator.'.repeat(3)}applyCouponToShoppingCart`;
    const widths = `(() => {
      const box = document.querySelector('.scroll');
      const names = [...document.querySelectorAll('tbody bdi')];
      return [
        box.scrollWidth - box.clientWidth,
        ...names.map(({ parentElement }) => parentElement.getBoundingClientRect().width),
        names[0].getBoundingClientRect().width / names[0].textContent.length,
      ];
    })()`;

    test.each([
      [1300, [...short, long]],
      [1200, [...short, long]],
      [1050, short],
    ])(
      'every column is in sight at %i pixels, what is allocated where there is room, names are shortened at a whole character',
      (width, names) =>
        openReport(
          async (page) => {
            await page.setViewportSize({ width, height: 800 });
            const [hidden, ...rest] = (await page.evaluate(widths)) as number[];
            expect(await page.textContent('tbody td.trend')).toMatch(/^slower/);
            expect(hidden).toBe(0);
            const character = rest.pop() ?? 0;
            expect(rest).toHaveLength(names.length);
            for (const each of rest)
              expect(Math.abs(each / character - Math.round(each / character))).toBeLessThan(0.08);
            // A name that there is room for is whole.
            expect(Math.min(...rest)).toBeGreaterThan('cart.total'.length * character - 1);
          },
          { dir: dirOf(names) },
        ),
    );

    test.each([1200, 700, 360])(
      'both ends of a long name are in sight at %i pixels, the whole in its title',
      (width) =>
        openReport(
          async (page) => {
            await page.setViewportSize({ width, height: 800 });
            const ends = await page.evaluate(`(() => {
            const button = document.querySelector('tbody button');
            const box = button.getBoundingClientRect();
            const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
            const nodes = [];
            while (texts.nextNode()) nodes.push(texts.currentNode);
            const isInSight = (node, from, to) => {
              const range = document.createRange();
              range.setStart(node, from);
              range.setEnd(node, to);
              const { left, right } = range.getBoundingClientRect();
              return left > box.left - 1 && right < box.right + 1;
            };
            const last = nodes.at(-1);
            return [isInSight(nodes[0], 0, 5), isInSight(last, last.length - 10, last.length)];
          })()`);
            expect(ends).toEqual([true, true]);
            // Of no other display has what is left off its sign.
            expect(await page.evaluate(`getComputedStyle(document.querySelector('.begin')).display`)).toBe(
              'block',
            );
            expect(await namesOf(page)).toEqual([long]);
            expect(await page.getAttribute('tbody button', 'title')).toBe(long);
            await page.getByRole('button', { name: long, exact: true }).click();
          },
          { dir: dirOf([long]) },
        ),
    );
  });
});

describe('ticks', () => {
  test('half a call is none', () => expect(wholeCounts([0, 0.5, 1, 1200])).toEqual(['0', '', '1', '1,200']));

  test.each([
    [100, ['24:58.300', '24:58.400']],
    [1_000, ['15:24:58', '15:24:59']],
    [60_000, ['15:24', '15:25']],
    [86_400_000, ['2026-11-23', '2026-11-24']],
  ])('times that are %i ms apart', (stepMs, texts) => {
    const first = new Date(2026, 10, 23, 15, 24, 58, 300).getTime();
    expect(moments([first, first + stepMs], stepMs)).toEqual(texts);
  });
});

describe('bars of a histogram', () => {
  const histogram = { scale: 5, zeroCount: 2 };

  test('are eight buckets each, from the first that has any', () => {
    const counts = [1, 0, 3, ...Array.from({ length: 10 }, () => 0), 5];
    // 646 is the seventh bucket of its bar.
    expect(barsOf({ ...histogram, offset: 646, counts })).toEqual({
      first: 80,
      counts: [1, 3, 5],
      zeroCount: 2,
    });
    expect(barsOf({ ...histogram, offset: 638, counts: [1, 1, 1] }).counts).toEqual([2, 1]);
  });

  test('have no holes between', () => {
    const counts = [4, ...Array.from({ length: 39 }, () => 0), 6];
    expect(barsOf({ ...histogram, offset: 0, counts }).counts).toEqual([4, 0, 0, 0, 0, 6]);
  });

  test('may lie below a nanosecond', () => {
    expect(barsOf({ ...histogram, offset: -3, counts: [1, 1, 1, 1] })).toMatchObject({
      first: -1,
      counts: [3, 1],
    });
  });
});

test('a page is no larger than it needs be: fractions have the digits that are shown', () => {
  const { stdout } = runCli(['report', '--html', '-', '--dir', shopJournal()]);
  const data = /id="data">(.*?)<\/script>/s.exec(stdout)?.[1] ?? '';
  expect((JSON.parse(data) as { functions: unknown[] }).functions.length).toBeGreaterThan(2);
  expect(data.match(/\d*\.\d{10,}/g)).toBeNull();
  expect(data).not.toContain('histogram');
});

test('a page goes to stdout by -, and replaces nothing but a page', () => {
  const cwd = temporaryFolder();
  const dir = shopJournal();
  writeTree(cwd, { 'mine.html': '<!doctype html>\n<title>mine</title>' });
  expect(runCli(['report', '--html', '-', '--dir', dir]).stdout).toMatch(/^<!doctype html>/);
  expect(runCli(['report', '--html', 'mine.html', '--dir', dir], { cwd })).toMatchObject({
    code: 1,
    stderr: '[tka-perf] "mine.html" is there and was not written by tka-perf; --force replaces it\n',
  });
  expect(runCli(['report', '--html', 'mine.html', '--force', '--dir', dir], { cwd }).code).toBe(0);
  expect(runCli(['report', '--html', 'mine.html', '--dir', dir], { cwd }).code).toBe(0);
});
