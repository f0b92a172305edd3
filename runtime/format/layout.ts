/**
 * The journal's binary layout, version 2: the numbers that writer and reader share. What the records mean stands in
 * record.ts, how another program would read them in docs/journal-format.md. Pure.
 */

/** First bytes of a file; the sixth is the version. The first is no text, the last show a transfer that changed line ends. */
export const MAGIC: readonly number[] = [0x89, 0x74, 0x6b, 0x61, 0x70, 2, 0x0d, 0x0a];
/** Place of the version in it. */
export const MAGIC_VERSION = 5;

/** Bytes before a record's payload: its checksum (CRC-32 of all that follows it) and its length, little-endian. */
export const FRAME_BYTES = 8;
/** Longest payload that a reader takes. */
export const LONGEST_RECORD: number = 16 * 1024 * 1024;

// First byte of a payload.
/** A record of record.ts as JSON. */
export const JSON_RECORD = 1;
/** What has changed, a row for each site. */
export const ROWS_RECORD = 2;
/** A time bucket of the past, a row for each site. */
export const BUCKET_RECORD = 3;
/** Recent metrics. */
export const METRICS_RECORD = 4;

// Flags of a rows record.
/** Rows hold whole values: a new segment begins with these. */
export const IS_STATE = 1;
/** More of the state follows: only with the last record is it whole. */
export const HAS_MORE = 2;

// Bits of a row's mask; above them those of the columns.
export const HAS_HISTOGRAM = 1;
export const HAS_TREND = 2;
export const HAS_ERROR = 4;
export const HAS_HOURS = 8;
/** Place of the first column's bit. */
export const FIRST_COLUMN_BIT = 4;

// Columns: whole numbers, written as what is added to them. Chosen so that most of them stay 0 most of the time. A new
// one goes to the end; a reader passes over columns that it does not know.
export const TIMED = 0;
export const TOTAL = 1;
/** Raw total less total. */
export const PROBE = 2;
/** Total less self time: negative where calls in flight have run for long. */
export const NOT_SELF = 3;
/** Calls that the timed ones stand for, beyond themselves. */
export const STOOD_FOR = 4;
/** Calls that no timed one stands for. */
export const UNREPRESENTED = 5;
export const ERRORS = 6;
/** Total less that of the outermost calls. */
export const NESTED = 7;
export const ACTIVE = 8;
export const WAIT = 9;
export const RSS_SAMPLES = 10;
export const RSS_SUM = 11;
export const HEAP_SAMPLES = 12;
export const HEAP_SUM = 13;
export const CPU_SAMPLES = 14;
export const CPU_SUM = 15;
export const CPU_WALL = 16;
export const BELOW_THRESHOLD = 17;
/** Calls of no measurable duration: the histogram's zero bucket. */
export const ZEROES = 18;
export const IN_FLIGHT = 19;
/** Columns before this one are sums: those of several writers, and of several intervals, add up. */
export const SUMS = 20;
/** Of the others a writer's last value counts. 0 where nothing was timed. */
export const MIN = 20;
export const MAX = 21;
/** Epoch milliseconds; 0 where nothing is in flight. */
export const OLDEST = 22;
/** Epoch milliseconds; 0 where there was no error with a message. */
export const LAST_ERROR_AT = 23;
/** Samples of memory taken while other calls were in flight: a sum again, added later. */
export const OVERLAPPING = 24;
/** Variance of the total where it is estimated, in square microseconds: a sum too. */
export const SPREAD = 25;
/** Of the calls below a threshold, those that nobody timed: how many there are is an estimate. A sum too. */
export const BELOW_GUESSED = 26;
/**
 * Not 0: nobody looked when some of the calls in 8 and 9 ran, so that these are estimates. Where there are none in 8 and 9: no call
 * was inside of another one, and what they took together, 1 less 7, tells the mean, too. A sum too, in nanoseconds.
 */
export const UNFOLLOWED = 27;
/** Long calls, each of which stands for itself alone, though others stand for several; and their total. Sums too. */
export const LONG = 28;
export const LONG_TOTAL = 29;
/** Variance of the self time where it is estimated, in square microseconds. A sum too. */
export const SELF_SPREAD = 30;
/** Variance of the outermost calls of a recursive function, where these are estimated, in square microseconds. A sum too. */
export const OUTERMOST_SPREAD = 31;
/** The last there can be: their bits are those of an integer. */
export const COLUMNS = 32;

/** The columns that add up. */
export const SUM_BITS: number =
  ((1 << SUMS) - 1) |
  (1 << OVERLAPPING) |
  (1 << SPREAD) |
  (1 << BELOW_GUESSED) |
  (1 << UNFOLLOWED) |
  (1 << LONG) |
  (1 << LONG_TOTAL) |
  (1 << SELF_SPREAD) |
  (1 << OUTERMOST_SPREAD);

/** Fine buckets to one of a time bucket's histogram, as a shift: 4 to a doubling, quantiles within 9.1 %. */
export const BUCKET_SHIFT = 3;

/** Flags of a metric. */
export const METRIC_OK = 1;
export const METRIC_MEMORY = 2;
export const METRIC_CPU = 4;
export const METRIC_ARGS = 8;
export const METRIC_ERROR = 16;
