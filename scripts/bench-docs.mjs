// Runs the benchmarks and writes their numbers into the README, between the bench markers: none is typed by hand.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const shell = process.platform === 'win32';
const bench = (name) =>
  JSON.parse(
    execFileSync('npm', ['run', '--silent', 'bench', '--', name, '--json'], {
      cwd: root,
      encoding: 'utf8',
      shell,
    }),
  );

const call = bench('call');
const transform = bench('transform');
const table = (rows, floor) => `| | ns | × ${floor} |
| --- | ---: | ---: |
${rows.map(({ name, medianNs, ratioToFloor }) => `| ${name} | ${medianNs.toFixed(1)} | ${ratioToFloor.toFixed(2)} |`).join('\n')}`;
const text = `One call of a one-line function, with count, sum, histogram, self time, the ring of recent metrics and the trend recorded (\`npm run bench -- call\`, Node ${call.node.slice(1)}, medians; trust the ratios):

${table(call.timings, 'two clock reads')}

One call of an async function with one \`await\`, running and waiting time told apart (the same run):

${table(call.asyncTimings, 'two clock reads by hand')}

In a process of its own, where all functions are measured in the same way, as in a program that has one (the same run; of \`async\` the floor is two clock reads by hand):

${table(
  call.alone.map(({ way, timings }) => ({ ...timings[2], name: way })),
  'two clock reads',
)}

Instrumenting all ${transform.sites.toLocaleString('en')} functions of TypeScript's ${(transform.sizeBytes / 1e6).toFixed(1)} MB \`_tsc.js\` (\`npm run bench -- transform\`):

| | ms | × parsing alone |
| --- | ---: | ---: |
${transform.timings.map(({ name, medianMs, ratioToFloor }) => `| ${name} | ${medianMs.toFixed(0)} | ${ratioToFloor.toFixed(2)} |`).join('\n')}`;

const file = join(root, 'README.md');
const readme = readFileSync(file, 'utf8');
writeFileSync(
  file,
  readme.replace(
    /(<!-- bench -->\n)[\s\S]*?(<!-- end of bench -->)/,
    (_, before, after) => `${before}\n${text}\n\n${after}`,
  ),
);
console.log(text);
