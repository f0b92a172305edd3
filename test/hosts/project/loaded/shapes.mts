import type { Shape } from './types.ts';

// @monitor
export const area = <T extends Shape>({ width, height }: T): number => width * height;

// @monitor
export class Grid {
  readonly #size: number;
  constructor(size: number) {
    this.#size = size;
  }
  *[Symbol.iterator](): Generator<number> {
    for (let at: number = 0; at < this.#size; at++) yield at;
  }
}
