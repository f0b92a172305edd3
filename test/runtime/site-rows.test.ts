/** Which sites have changed since they were last written: what is missed is not in the journal until the next change. */
import { expect, test } from 'vitest';
import { canEncode, Encoder } from '../../runtime/journal/encoder.ts';
import { SiteRows } from '../../runtime/journal/site-rows.ts';
import { settleAccounts } from '../../runtime/journal/snapshot.ts';
import { callSync, makeSite } from './support.ts';

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

test('what is known better of the time that a function has called is a change of its own', () => {
  canEncode();
  const written: number[] = [];
  const rows = new SiteRows(new Encoder(), { reserve: () => {}, added: (site) => written.push(site) });
  const [caller, called] = [makeSite('caller'), makeSite('recursive')];
  const tree = (depth: number): void =>
    callSync(called, () => {
      if (depth > 0) for (let i = 0; i < 2; i++) tree(depth - 1);
    });
  callSync(caller, () => tree(0));
  called.sample(20);
  callSync(caller, () => tree(12));
  const changed = (): number[] => {
    written.length = 0;
    settleAccounts();
    rows.write(0, 1, false, true);
    return written.filter((site) => site === caller.index || site === called.index);
  };
  expect(changed()).toEqual([caller.index, called.index]);
  expect(changed()).toEqual([]);
  tree(12); // of nobody
  expect(changed()).toEqual([caller.index, called.index]);
});
