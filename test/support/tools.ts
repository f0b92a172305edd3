import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether Debian's packages can be asked for: elsewhere tests of foreign tools are skipped, with the reason printed. */
const HAS_APT = existsSync('/usr/bin/apt-get');

/**
 * Whether tests that need these programs run.
 *
 * @returns false on systems for which there is no install script; the reason is printed
 * @throws Error where one is missing and could be installed
 */
export function hasTools(...names: readonly string[]): boolean {
  const missing = names.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length === 0) return true;
  const sentence = `${missing.join(', ')} not found; scripts/install-test-tools.sh installs what the tests need`;
  if (HAS_APT) throw new Error(sentence);
  process.stderr.write(`skipped: ${sentence} on Debian and Ubuntu\n`);
  return false;
}
