import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DiagnosticCode, messageOf } from '../transformer/diagnostics.ts';
import { formatDiagnostic } from '../transformer/index.ts';
import { FIXTURES, instrumentFixture, readFixture } from './support/fixtures.ts';

const cases = readdirSync(join(FIXTURES, 'errors'));

test.each(cases)('%s is told in one sentence a mistake', async (name) => {
  const fixture = readFixture(`errors/${name}`);
  const result = instrumentFixture(fixture);
  const sentences = (result?.diagnostics ?? [])
    .map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`)
    .join('');
  expect(sentences).not.toBe('');
  await expect(sentences).toMatchFileSnapshot(join(FIXTURES, fixture.name, 'message.txt'));
});

test('each reason to leave functions alone has a place for their number', () => {
  const documented = readFileSync(join(FIXTURES, '../docs/diagnostics.md'), 'utf8');
  const codes = [...new Set(documented.match(/\bTKA2\d\d\b/g))] as DiagnosticCode[];
  expect(codes.length).toBeGreaterThan(10);
  for (const code of codes)
    expect(messageOf({ code, args: ['a'], count: 2 })).toContain('left alone (the first of 2 such functions');
});
