import type { Item } from './types.ts';
import { sum } from 'plain-sum';

/**
 * Marked as a whole: every member is a row.
 * @monitor
 */
export class Cart {
  readonly #items: Item[] = [];

  add(item: Item): this {
    this.#items.push(item);
    return this;
  }

  get total(): number {
    return this.#tax(sum(this.#items.map(({ price }: Item): number => price)));
  }

  #tax(net: number): number {
    return Math.round(net * 1.2 * 100) / 100;
  }

  *names(): Generator<string, void, undefined> {
    for (const { name } of this.#items) yield name;
  }
}

// @monitor args
export const discount = <T extends Item>(item: T, share: number): T => ({
  ...item,
  price: item.price * (1 - share),
});

// @monitor
export async function checkout(cart: Cart, times: number): Promise<number[]> {
  const totals: number[] = [];
  for (let time = 0; time < times; time++) totals.push(await later(cart.total));
  return totals;
}

// Not marked, and never a row.
function later<T>(value: T): Promise<T> {
  return new Promise<T>((resolve) => setTimeout(resolve, 1, value));
}
