// Prints `N passed, N failed` over the JSON reports of every test run in a folder. A run that failed outside its
// tests counts as one failure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', status = '0'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`\n${passed} passed, ${failed} failed`);
