/** Which sites have changed since they were last written: what is missed is not in the journal until the next change. */
import { expect, test } from 'vitest';
import { canEncode, Encoder } from '../../runtime/journal/encoder.ts';
import { SiteRows } from '../../runtime/journal/site-rows.ts';
import { settleAccounts } from '../../runtime/journal/snapshot.ts';
import { makeSite } from './support.ts';

test('a call that is only counted is a change as it begins and as it ends', () => {
  canEncode();
  const rows = new SiteRows(new Encoder(), { reserve: () => {}, added: () => {} });
  const site = makeSite('f', 'async', { memory: false });
  const hasChanged = (): boolean => {
    settleAccounts();
    return rows.write(0, 1, false, true);
  };
  site.start().end();
  site.sample(1e6);
  expect(hasChanged()).toBe(true);
  expect(hasChanged()).toBe(false);
  const call = site.start();
  call.suspend(undefined); // what runs is written each time
  expect(hasChanged()).toBe(true);
  expect(hasChanged()).toBe(false);
  call.end();
  expect(hasChanged()).toBe(true);
  expect(hasChanged()).toBe(false);
});
