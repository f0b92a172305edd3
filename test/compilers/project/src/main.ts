import same, { Cart, discount, feed, label, load, Money, pages, parse, report, total } from './orders.js';
import type { Line } from './types.js';
import { List } from './view.js';

const LINES: readonly Line[] = [
  { name: 'tea', price: 4, amount: 2 },
  { name: 'nothing', price: 0 },
  { name: 'cup', price: 12 },
];

async function main(): Promise<unknown> {
  const cart = Cart.of(...LINES);
  cart.first = { name: 'first', price: 1 };
  const names: string[] = [];
  for await (const name of feed(LINES)) names.push(name);
  const batches: number[] = [];
  for (const page of pages(LINES, 2)) batches.push(page.length);
  return {
    total: [total(LINES), total(LINES, 5)],
    loaded: [await load(3), await load(-1).catch((error: Error) => error.message)],
    names,
    batches,
    discount: discount(10),
    label: await label(5),
    parsed: [parse('12'), parse('ff', 16), String(failed(() => parse('none')))],
    cart: [cart.size, cart.count(), String(cart)],
    rounded: Money.round(1.2345),
    report: report(LINES),
    stacks: [stackOf(failed(() => parse('none'))), stackOf(await load(-2).catch((error: unknown) => error))],
    same: LINES.map((line) => same(line) === line),
    page: List({ names }),
  };
}

function failed(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Functions and places of the frames in this project's own files. */
function stackOf(error: unknown): string[] {
  const frames = ((error as Error).stack ?? '').split('\n').slice(1);
  return frames
    .filter((frame) => /(?:orders|main)\.[jt]s/.test(frame))
    .map((frame) => frame.trim().replace(/\S*[/\\](?:src|dist)[/\\]/, ''));
}

main().then((result) => console.log(JSON.stringify(result)));
