/** Runs of `children/killed.ts`. */
import { spawn } from 'node:child_process';

/** Calls between two flushes of such a child, and between two truths. */
export const PER_INTERVAL = 1000;
export const BATCH = 100;

/**
 * Lets a child call until it has told the truth so many times and for some more milliseconds, then kills it.
 * @returns its last truth: how many calls it had made at most
 */
export function killAfter(path: string, dir: string, truths: number, moreMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = [path, String(PER_INTERVAL), String(BATCH)];
    const env = { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_RUN: 'r', TKA_PERF_BUDGET: 'exact' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    let lines = 0;
    let isDying = false;
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      lines += text.split('\n').length - 1;
      told = (told + text).slice(-1000);
      if (lines < truths || isDying) return;
      isDying = true;
      setTimeout(() => child.kill('SIGKILL'), moreMs);
    });
    child.once('error', reject);
    // Only whole lines are the truth; a batch begins when its line is written.
    child.once('close', () => resolve(Number(told.slice(0, told.lastIndexOf('\n')).split('\n').at(-1))));
  });
}
