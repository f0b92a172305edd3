import { Intake } from './intake.js';
import { rawOrders } from './orders.js';
import { z } from './zod/index.js';

const ORDERS = 24_000;
const BATCH = 400;

// @monitor
async function* batches(): AsyncGenerator<unknown[]> {
  let batch: unknown[] = [];
  for (const raw of rawOrders(ORDERS, 42)) {
    batch.push(raw);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

// @monitor
async function main(): Promise<void> {
  const intake = new Intake();
  let strictFailures = 0;
  for await (const batch of batches()) {
    const orders = batch.map((raw) => intake.check(raw)).filter((order) => order !== undefined);
    await Promise.all(orders.slice(0, 100).map((order) => intake.book(order)));
    for (const raw of batch.slice(0, 40)) {
      try {
        intake.checkOrThrow(raw);
      } catch (error) {
        if (!(error instanceof z.ZodError)) throw error;
        strictFailures++;
      }
    }
  }
  console.log(intake.summary);
  console.log(`${strictFailures} of the strictly checked orders failed`);
  for (const [problem, count] of [...intake.problems].sort()) console.log(`${count} × ${problem}`);
}

await main();
