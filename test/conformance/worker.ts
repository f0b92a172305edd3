// Runs the tests that the parent sends, each in every mode by every printer, and sends back what happened.
import { getPerformanceMonitor } from 'tka-perf';
import { PRINTERS } from './printers.ts';
import { runInRealm } from './realm.ts';
import { modesOf, readTest } from './test262.ts';

/** What one test did in one mode by one printer. */
export interface Outcome {
  readonly printer: string;
  readonly result: 'same' | 'passed' | 'failed' | 'not plain' | 'not printed';
  readonly mode: string;
  readonly detail?: string;
}

const [checkout = '', only = ''] = process.argv.slice(2);
// Diagnostics about functions left alone are counted by the text printer; the hosts' own words are not needed here.
process.stderr.write = () => true;
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});
getPerformanceMonitor().configure({ enableDetailedLogging: false });

process.on('message', (path: string) => {
  void run(path).then((outcomes) => process.send?.({ path, outcomes }));
});

async function run(path: string): Promise<Outcome[]> {
  const test = readTest(checkout, path);
  const outcomes: Outcome[] = [];
  for (const mode of modesOf(test)) {
    const code = mode === 'strict' ? `"use strict";\n${test.code}` : test.code;
    let plainText = '';
    let plainResult: string | undefined;
    for (const { name, print } of PRINTERS) {
      if (only && name !== only) continue;
      let detail: string | undefined;
      let result: Outcome['result'];
      try {
        const printed = print(code, `/${path}`, mode);
        if (!printed) result = 'not printed';
        else if (printed.plain === printed.instrumented) result = 'same';
        else {
          if (printed.plain !== plainText) {
            plainText = printed.plain;
            process.send?.({ path, runs: 'plain' });
            plainResult = await runInRealm(checkout, test, mode, printed.plain);
          }
          if (plainResult !== undefined) result = 'not plain';
          else {
            process.send?.({ path, runs: 'instrumented' });
            detail = await runInRealm(checkout, test, mode, printed.instrumented);
            result = detail === undefined ? 'passed' : 'failed';
          }
        }
      } catch (error) {
        result = 'failed';
        detail = `the printer: ${(error as Error).message}`;
      }
      outcomes.push({ printer: name, result, mode, ...(detail === undefined ? {} : { detail }) });
    }
  }
  return outcomes;
}
