/** Function, kind, place, calls and errors of the example project, by the entry that makes the calls. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': [
    'report.line block src/orders.ts:116:4 3/0',
    'src/orders.Cart.add method src/orders.ts:95:2 3/0',
    'src/orders.Cart.constructor constructor src/orders.ts:73:2 1/0',
    'src/orders.Cart.count arrow src/orders.ts:71:19 1/0',
    'src/orders.Cart.get size getter src/orders.ts:87:2 2/0',
    'src/orders.Cart.of method src/orders.ts:81:2 1/0',
    'src/orders.Cart.set first setter src/orders.ts:91:2 1/0',
    'src/orders.Cart.toString method src/orders.ts:100:2 1/0',
    'src/orders.Money.round function src/orders.ts:107:9 1/0',
    'src/orders.default function src/orders.ts:125:15 3/0',
    'src/orders.discount arrow src/orders.ts:47:24 1/0',
    'src/orders.feed async-generator src/orders.ts:39:7 1/0',
    'src/orders.label async src/orders.ts:50:21 1/0',
    'src/orders.load async src/orders.ts:21:7 3/2',
    'src/orders.pages generator src/orders.ts:29:7 1/0',
    'src/orders.parse function src/orders.ts:55:7 4/2',
    'src/orders.total function src/orders.ts:11:7 2/0',
    'src/view.List function src/view.tsx:23:7 1/0',
    'src/view.Row arrow src/view.tsx:20:19 3/0',
  ],
  'main-modern.ts': [
    'src/modern.Account.#check method src/modern.ts:17:2 2/0',
    'src/modern.Account.constructor constructor src/modern.ts:11:2 1/0',
    'src/modern.Account.get opened getter src/modern.ts:28:2 1/0',
    'src/modern.Account.withdraw method src/modern.ts:22:2 2/1',
  ],
  'main-decorated.ts': [
    'src/decorated.Service.start method src/decorated.ts:13:2 1/0',
    'src/decorated.Service.stop async src/decorated.ts:19:2 1/0',
    'src/decorated.Worker.work method src/decorated.ts:26:2 1/0',
  ],
  'main-decorated-types.ts': [
    'src/decorated-types.Alarm.constructor constructor src/decorated-types.ts:22:2 1/0',
    'src/decorated-types.Alarm.get label getter src/decorated-types.ts:32:2 1/0',
    'src/decorated-types.Alarm.ring method src/decorated-types.ts:27:2 1/0',
  ],
};

/** The rows that a run of these entries must give, through every compiler. */
export function expectedRows(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => ROWS[entry] ?? []).toSorted();
}
