import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
