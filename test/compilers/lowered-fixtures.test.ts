import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildFixtures, executedFixtures } from '../support/fixtures.ts';
import { LOWERING_BACKENDS } from './lowering-backends.ts';

const CHILD = join(import.meta.dirname, '../children/run-fixtures.mjs');

interface Result {
  readonly skipped?: boolean;
  readonly plain: string | undefined;
  readonly instrumented: string | undefined;
  readonly calls: Record<string, [calls: number, errors: number]>;
  readonly counted: Record<string, [calls: number, errors: number]>;
  readonly failure?: string;
}

describe.each(LOWERING_BACKENDS)('$name', (backend) => {
  const output = execFileSync(process.execPath, [CHILD, buildFixtures(backend)], {
    encoding: 'utf8',
    env: { ...process.env, TKA_PERF_DIR: mkdtempSync(join(tmpdir(), 'tka-lowered-')) },
  });
  const results = JSON.parse(output) as Record<string, Result>;

  test.each(executedFixtures())(`$name (${backend.name})`, ({ name }) => {
    const result = results[name];
    if (result?.skipped || backend.tooNew?.includes(name)) return;
    expect(result?.failure).toBeUndefined();
    expect(result?.instrumented).toBe(result?.plain);
    expect(result?.plain).toBeDefined();
    const calls = Object.entries(result?.calls ?? {}).filter(([site]) => !backend.leavesAlone?.test(site));
    expect(result?.counted).toEqual(Object.fromEntries(calls));
  });
});
