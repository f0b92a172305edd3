import { setTimeout as sleep } from 'node:timers/promises';
import { monitor } from 'tka-perf';
import { Order, totalOf } from './orders.js';

/** Takes orders in: checks them, looks their stock up, books them. */
export class Intake {
  readonly problems = new Map<string, number>();
  #booked = 0;
  #turnover = 0;

  @monitor({ threshold: 0 })
  check(raw: unknown): Order | undefined {
    const result = Order.safeParse(raw);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const key = `${issue.path.filter((part) => typeof part === 'string').join('.')}: ${issue.code}`;
      this.problems.set(key, (this.problems.get(key) ?? 0) + 1);
    }
    return undefined;
  }

  @monitor()
  checkOrThrow(raw: unknown): Order {
    return Order.parse(raw);
  }

  /** Asks a slow stock service, which refuses some orders. */
  @monitor()
  async reserve(order: Order): Promise<string> {
    await sleep(1 + (order.items.length % 3));
    if (Number(order.id.slice(-2)) % 25 === 7) throw new Error('out of stock');
    return `R-${order.id}`;
  }

  // @monitor
  async book(order: Order): Promise<boolean> {
    try {
      await this.reserve(order);
    } catch {
      return false;
    }
    // @monitor name="ledger.write"
    {
      this.#booked++;
      this.#turnover += totalOf(order);
    }
    return true;
  }

  get summary(): string {
    return `${this.#booked} booked, turnover ${this.#turnover.toFixed(2)}`;
  }
}
