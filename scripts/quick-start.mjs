// Does the README's quick start, copied as written, in an empty folder with the packed tarball: every file block
// between the quick-start markers is written, every command run; only the package itself comes from the tarball.
// With --write the README gets the output.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const shell = process.platform === 'win32';
const folder = mkdtempSync(join(tmpdir(), 'tka-quick-start-'));
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    shell,
  }),
);
const tarball = join(folder, packed.filename);
console.log(`packed ${packed.filename}: ${packed.entryCount} files, ${(packed.size / 1000).toFixed(0)} kB`);

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = /<!-- quick start -->([\s\S]*?)<!-- end of quick start -->/.exec(readme)?.[1];
if (!section) throw new Error('README.md has no quick start');
const project = join(folder, 'project');
mkdirSync(project);
let output = '';
for (const [, language, title, body] of section.matchAll(/```(\w+)(?: title="([^"]+)")?\n([\s\S]*?)```/g)) {
  if (title) {
    mkdirSync(dirname(join(project, title)), { recursive: true });
    writeFileSync(join(project, title), body);
  } else if (language === 'sh') {
    for (const line of body.trim().split('\n')) {
      const command = line.replace(/(npm install .*)\btka-perf\b/, (_, before) => before + tarball);
      console.log(`$ ${line}`);
      const result = spawnSync(command, { cwd: project, shell: true, encoding: 'utf8' });
      process.stdout.write(result.stdout);
      process.stderr.write(result.stderr);
      if (result.status !== 0) throw new Error(`"${line}" ended with ${result.status}`);
      output = result.stdout;
    }
  }
}
const expected = ['Functions Monitored', 'src/cart.checkout', 'src/cart.Cart.get total', 'empty cart'];
for (const text of expected)
  if (!output.includes(text)) throw new Error(`the report does not show "${text}"`);
if (process.argv.includes('--write')) {
  const shown = output.replaceAll(/^.*(?=\/dist\/cart\.js$)/gm, '…').trimEnd();
  const block = /(<!-- quick start output -->\n\n```\n)[\s\S]*?(\n```)/;
  writeFileSync(
    join(root, 'README.md'),
    readme.replace(block, (_, before, after) => before + shown + after),
  );
}
rmSync(folder, { recursive: true, force: true });
console.log('the quick start works as written');
