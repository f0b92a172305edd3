import { createRequire } from 'node:module';
import type { Shape } from './types.ts';
import { area, Grid } from './shapes.mts';
import legacy from './legacy.cjs';

const require = createRequire(import.meta.url);
const typed: { half(value: number): number } = require('./typed.cts');

// @monitor
async function main(shape: Shape): Promise<string> {
  const grid = new Grid(2);
  const lazy = await import('./lazy.js');
  return [area(shape), ...grid, legacy.twice(4), typed.half(8), lazy.default()].join(' ');
}

console.log(await main({ width: 2, height: 3 }));

/* @monitor */
function fails(what: string): never {
  throw new Error(what as string);
}
if (process.argv[2]) fails(process.argv[2]);
