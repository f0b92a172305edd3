import type { Line } from './types.js';
import { Currency } from './types.js';

type Amount = number;

/**
 * Sums lines up to a limit.
 *
 * @monitor
 */
export function total(lines: readonly Line[], limit: Amount = 1000): Amount {
  let sum = 0;
  for (const { price, amount = 1 } of lines) {
    if (sum > limit) return limit;
    sum += price * amount;
  }
  return sum;
}

// @monitor
export async function load(id: number): Promise<Line> {
  await Promise.resolve();
  if (id < 0) throw new RangeError(`no order ${id}`);
  const found: Line = { name: `order ${id}`, price: id };
  return found;
}

// @monitor
export function* pages<T>(items: readonly T[], size: number): Generator<T[], number, undefined> {
  let count = 0;
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
    count++;
  }
  return count;
}

// @monitor
export async function* feed(lines: readonly Line[]): AsyncGenerator<string> {
  for (const line of lines) {
    await Promise.resolve();
    yield line.name;
  }
}

// @monitor
export const discount = (value: number, rate = 0.1): number => value - value * rate;

// @monitor
export const label = async <T>(value: T): Promise<string> => `<${String(value)}>`;

export function parse(text: string): number;
export function parse(text: string, radix: number): number;
// @monitor
export function parse(text: string, radix?: number): number {
  const value = Number.parseInt(text, radix);
  if (Number.isNaN(value)) {
    throw new TypeError(`not a number: ${text}`);
  }
  return value;
}

abstract class Base {
  constructor(protected readonly owner: string) {}
  abstract get size(): number;
}

// @monitor
export class Cart extends Base {
  readonly lines: Line[] = [];
  readonly count = (): number => this.lines.length;

  constructor(
    owner: string,
    private readonly currency: Currency = Currency.Euro,
  ) {
    super(owner);
    this.lines.push({ name: owner, price: 0 });
  }

  static of(this: void, ...lines: readonly Line[]): Cart {
    const cart = new Cart('someone');
    for (const line of lines) cart.add(line);
    return cart;
  }

  get size(): number {
    return this.lines.length;
  }

  set first(line: Line) {
    this.lines[0] = line;
  }

  add(line: Line): this {
    this.lines.push(line);
    return this;
  }

  override toString(): string {
    return `${this.owner} ${this.size} ${this.currency}`;
  }
}

export namespace Money {
  // @monitor
  export function round(value: number, digits = 2): number {
    return Number(value.toFixed(digits));
  }
}

export function report(lines: readonly Line[]): string[] {
  const found: string[] = [];
  for (const line of lines) {
    // @monitor name="report.line"
    {
      if (line.price === 0) continue;
      found.push(line.name);
    }
  }
  return found;
}

// @monitor
export default function <T extends Line>(line: T): T {
  return line;
}
