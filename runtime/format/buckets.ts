/**
 * The buckets of an exponential histogram in OpenTelemetry's layout, scale 5: 32 to a doubling.
 *
 * Bucket `i` holds the values in (2^(i/32), 2^((i+1)/32)]. Reporting a bucket by its geometric middle is off by at
 * most 2^(1/64) − 1 = 1.09 %. Sources: OpenTelemetry metrics data model, "ExponentialHistogram"; the same bound and
 * lossless merge as DDSketch (Masson, Rim, Lee, VLDB 2019).
 */
/** log2 of the buckets in a doubling. */
export const SCALE = 5;
const PER_DOUBLING = 1 << SCALE;

// A double's bits: sign 1, exponent 11, mantissa 52. Little-endian is certain on every platform JavaScript runs on.
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Cells to a doubling: so narrow that each holds one boundary 2^(j/32) at most. */
const CELLS = 64;
/** For each cell the mantissa of the boundary in it, or of the next one: the upper 20 bits and the lower 32. */
const cellBound = new Int32Array(CELLS);
const cellBoundLow = new Int32Array(CELLS);
/** For each cell the index below that boundary, for exponent bits of 0. */
const cellIndex = new Int32Array(CELLS);

for (let cell = 0, j = 0; cell < CELLS; cell++) {
  for (; ; j++) {
    double[0] = 2 ** (j / PER_DOUBLING);
    const bound = j === PER_DOUBLING ? 0x100000 : (words[1] ?? 0) & 0xfffff; // 2: above every mantissa
    if (bound < cell << 14) continue;
    cellBound[cell] = bound;
    cellBoundLow[cell] = words[0] ?? 0;
    cellIndex[cell] = j - 1;
    break;
  }
}

/** Indexes that there are, from 0 on. */
export const INDEXES: number = 0x800 << SCALE;
/** The index of bucket 0. Those below 32 are of no value that a double has all its digits for. */
export const INDEX_OF_0: number = 1023 << SCALE;
/** The indexes below are of what is no more than 0, or has not all of a double's digits. */
export const FIRST_INDEX: number = PER_DOUBLING - 1;

/** The bucket of a positive finite value. */
export function bucketOf(value: number): number {
  double[0] = value;
  return indexOfWords(words[1] as number, words[0] as number) - INDEX_OF_0;
}

/**
 * The bucket of the double with these upper and lower 32 bits, counted from that of the least double on; 0 for what is
 * not above 0. No logarithm: the exponent's bits are the doubling, and a 64th of a doubling holds one boundary at most,
 * with which the mantissa is compared.
 */
export function indexOfWords(high: number, low: number): number {
  const mantissa = high & 0xfffff;
  const cell = mantissa >>> 14;
  const bound = cellBound[cell] as number;
  let index = (((high >> 20) << SCALE) + (cellIndex[cell] as number)) | 0;
  // The sign, not a branch: which side of a bound is anybody's guess.
  if (mantissa !== bound) index = (index - ((bound - mantissa) >> 31)) | 0;
  else if (low >>> 0 > (cellBoundLow[cell] as number) >>> 0) index = (index + 1) | 0;
  return index & ~(index >> 31);
}

/** The upper, inclusive bound of a bucket. */
export function upperBound(bucket: number): number {
  return 2 ** ((bucket + 1) / PER_DOUBLING);
}
