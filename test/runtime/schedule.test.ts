import { createContext, Script } from 'node:vm';
import { expect, test } from 'vitest';
import { DUE, pace } from '../../runtime/stack/frames.ts';
import { holdJobs, Job, releaseJobs } from '../../runtime/stack/schedule.ts';

test('what a time limit has left held falls due again', () => {
  const job = new Job(() => {});
  job.moveTo(5);
  const context = createContext({ holdJobs });
  const script = new Script('holdJobs(() => { for (;;); })');
  expect(() => void script.runInContext(context, { timeout: 20 })).toThrow('timed out');
  job.moveTo(7);
  expect(pace[DUE]).toBe(Infinity); // or there is nothing to be mended any more
  releaseJobs();
  expect(pace[DUE]).toBe(7e6);
});
