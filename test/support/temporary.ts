import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For as long as the tests run the folder for temporary files is one of their own, which is removed with all in it. */
export default function prepare(): () => void {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'tka-perf-test-'));
  // By what POSIX and Windows call it.
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
