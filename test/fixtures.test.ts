import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  BACKENDS,
  buildFixtures,
  executedFixtures,
  FIXTURES,
  instrumentFixture,
} from './support/fixtures.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'children/run-fixtures.mjs');

interface Result {
  readonly skipped?: boolean;
  readonly plain: string | undefined;
  readonly instrumented: string | undefined;
  readonly calls: Record<string, [calls: number, errors: number]>;
  readonly counted: Record<string, [calls: number, errors: number]>;
  readonly failure?: string;
}

const fixtures = executedFixtures();

describe.each(BACKENDS)('$name', (backend) => {
  const output = execFileSync(process.execPath, [CHILD, buildFixtures(backend)], {
    encoding: 'utf8',
    env: { ...process.env, TKA_PERF_DIR: mkdtempSync(join(tmpdir(), 'tka-fixtures-')) },
  });
  const results = JSON.parse(output) as Record<string, Result>;

  test.each(fixtures)(`$name (${backend.name})`, ({ name }) => {
    const result = results[name];
    if (result?.skipped) return;
    expect(result?.failure).toBeUndefined();
    expect(result?.instrumented).toBe(result?.plain);
    expect(result?.plain).toBeDefined();
    expect(result?.counted).toEqual(result?.calls);
  });
});

describe('text', () => {
  test.each(fixtures)('$name is planned and printed as recorded', async (fixture) => {
    const result = instrumentFixture(fixture);
    expect(result?.code.split('\n').length ?? 0).toBe(fixture.code.split('\n').length);
    const extension = fixture.file.slice(fixture.file.lastIndexOf('.'));
    await expect(result?.code ?? '').toMatchFileSnapshot(join(FIXTURES, fixture.name, `output${extension}`));
    const plan = {
      sites:
        result?.sites.map(({ name, kind, line, column, reason }) => ({ name, kind, line, column, reason })) ??
        [],
      diagnostics:
        result?.diagnostics.map(({ code, line, column, args }) => ({ code, line, column, args })) ?? [],
    };
    await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot(
      join(FIXTURES, fixture.name, 'plan.json'),
    );
  });
});
