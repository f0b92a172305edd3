import { z } from './zod/index.js';

/** One order as a shop's web form sends it: every field a string, some of them wrong. */
export const Order = z
  .object({
    id: z.string().regex(/^ORD-\d{6}$/),
    customer: z.object({
      email: z.email(),
      address: z.object({
        street: z.string().min(3),
        city: z.string().min(2),
        zip: z.string().regex(/^\d{5}$/),
      }),
    }),
    items: z
      .array(
        z.object({
          sku: z.string().min(4),
          quantity: z.coerce.number().int().positive(),
          price: z.coerce.number().positive(),
        }),
      )
      .min(1),
    shipping: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('pickup'), store: z.string() }),
      z.object({ kind: z.literal('parcel'), express: z.coerce.boolean().default(false) }),
    ]),
    placedAt: z.iso.datetime(),
  })
  .refine((order) => order.items.length <= 20, { message: 'too many items' });

export type Order = z.infer<typeof Order>;

const CITIES = ['Berlin', 'Graz', 'Basel', 'Lyon', 'X'];

/** A generator of numbers that is the same in every run (a linear congruential one, Numerical Recipes' constants). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

// @monitor
export function* rawOrders(count: number, seed: number): Generator<unknown> {
  const next = random(seed);
  for (let n = 0; n < count; n++) yield rawOrder(n, next);
}

// @monitor args -- called once an order, so its shape of arguments matters little
function rawOrder(n: number, next: () => number): unknown {
  const items = Array.from({ length: 1 + Math.floor(next() * 6) }, (_, k) => ({
    sku: `SKU-${k}${n}`,
    quantity: String(Math.floor(next() * 5)),
    price: (next() * 100).toFixed(2),
  }));
  return {
    id: `ORD-${String(n).padStart(6, '0')}`,
    customer: {
      email: next() < 0.05 ? 'nobody' : `c${n}@example.com`,
      address: { street: 'High Street 1', city: CITIES[Math.floor(next() * CITIES.length)], zip: '12345' },
    },
    items,
    shipping: next() < 0.5 ? { kind: 'pickup', store: 'S1' } : { kind: 'parcel', express: 'true' },
    placedAt: '2026-01-01T00:00:00Z',
  };
}

// @monitor
export function totalOf(order: Order): number {
  return order.items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
}
