import {
  closeSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { styleText } from 'node:util';
import { systemCode, systemError, UserError } from './errors.ts';
import { printable } from './escape.ts';

/** Where text goes: data and words about it. */
export type Output = 'stdout' | 'stderr';

const DESCRIPTORS: Readonly<Record<Output, number>> = { stdout: 1, stderr: 2 };

/** Node's streams, those that were needed: they take as long to load as a small journal takes to read. */
const streams = new Map<Output, NodeJS.WriteStream>();
/** Those that hold text which a pipe has not taken yet. */
const queued = new Set<Output>();

function streamOf(output: Output): NodeJS.WriteStream {
  let stream = streams.get(output);
  if (stream === undefined) {
    streams.set(output, (stream = process[output]));
    stream.on('error', (error) => {
      const failure = failureOf(output, error);
      if (failure === undefined) return;
      tell(failure.message);
      process.exit(1);
    });
  }
  return stream;
}

/**
 * What to tell of a write that failed. Of words nothing: nobody can be told, and what the command does, and its exit code,
 * do not depend on who listens. The last consumer of data may leave at any time (`| head`): that ends the command quietly.
 */
function failureOf(output: Output, error: unknown): UserError | undefined {
  if (output === 'stderr') return undefined;
  if (systemCode(error) === 'EPIPE') process.exit();
  return systemError('write', output, error);
}

/** The terminal that text goes to; undefined where it goes to a file or a pipe. */
export function terminalOf(output: Output): NodeJS.WriteStream | undefined {
  if (!fstatSync(DESCRIPTORS[output]).isCharacterDevice()) return undefined;
  const stream = streamOf(output);
  return stream.isTTY ? stream : undefined;
}

/** Text as it is. @throws UserError where the system does not take it */
export function write(text: string, output: Output = 'stdout'): void {
  if (queued.has(output) || terminalOf(output) !== undefined) streamOf(output).write(text);
  else writeAtOnce(Buffer.from(text), output);
}

function writeAtOnce(bytes: Uint8Array, output: Output): void {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(DESCRIPTORS[output], bytes, written);
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') {
      // Somebody has made it a pipe that does not wait for its reader: Node's stream does.
      queued.add(output);
      streamOf(output).write(bytes.subarray(written));
      return;
    }
    const failure = failureOf(output, error);
    if (failure !== undefined) throw failure;
  }
}

/** Data: to stdout, a line end added. */
export function printData(text: string): void {
  write(`${text}\n`);
}

/** Words about the data: to stderr, a line end added. */
export function say(text: string): void {
  write(`${text}\n`, 'stderr');
}

/** A sentence to stderr under the program's name: `[tka-perf] …`; control characters escaped. */
export function tell(sentence: string): void {
  say(`[tka-perf] ${printable(sentence)}`);
}

type Format = Parameters<typeof styleText>[0];

/**
 * Whether text is in colour: none where `NO_COLOR` asks for plain text; else a terminal's, unless `TERM=dumb` does, and any
 * where `FORCE_COLOR` says so (no-color.org, force-color.org).
 */
export function hasColor(output: Output): boolean {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env;
  if (NO_COLOR !== '') return false;
  if (FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return TERM !== 'dumb' && terminalOf(output) !== undefined;
}

/** `text` in colour where `color` says so. */
export function styled(format: Format, text: string, color: boolean): string {
  return color ? styleText(format, text, { validateStream: false }) : text;
}

/** Width of what is no terminal. */
const PLAIN_WIDTH = 80;

/** Width that text is fitted to: the terminal's; where it is none, what `COLUMNS` says, or 80. */
export function widthOf(output: Output): number {
  const { COLUMNS = '' } = process.env;
  return terminalOf(output)?.columns || (/^[1-9]\d{0,3}$/.test(COLUMNS) ? Number(COLUMNS) : PLAIN_WIDTH);
}

/** So much of a file is looked at to tell whose it is. */
const BEGINNING_BYTES = 4_096;

/**
 * Lets a file be replaced only if it is one of ours, or empty; what is no regular file is the system's to refuse.
 *
 * @param isOwn whether a file that begins with this text was written by us
 * @throws UserError where it is somebody else's
 */
export function refuseForeignFile(path: string, isOwn: (beginning: string) => boolean): void {
  let descriptor: number;
  try {
    if (!statSync(path).isFile()) return;
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return; // Not there, or not to be read: writing will tell.
  }
  try {
    const buffer = Buffer.alloc(BEGINNING_BYTES);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    const beginning = buffer.toString('utf8', 0, length);
    if (length === 0 || isOwn(beginning)) return;
  } finally {
    closeSync(descriptor);
  }
  throw new UserError(`"${path}" is there and was not written by tka-perf; --force replaces it`);
}

/**
 * Writes a whole file or nothing: to a neighbour, then renamed over `path`. The mode of a file that is replaced is
 * kept, and a symbolic link stays one (what it points at is replaced).
 *
 * @param newMode mode of a file that was not there @default what the umask leaves
 * @throws UserError where the system refuses
 */
export function writeFileAtomically(path: string, content: string | Uint8Array, newMode?: number): void {
  let target = path;
  let mode = newMode;
  let isFile = true;
  try {
    const stat = statSync(path);
    isFile = stat.isFile();
    mode = stat.mode & 0o7777;
    // What a pipe's link in /proc names is nowhere.
    if (isFile) target = realpathSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw systemError('write', path, error);
  }
  try {
    // A device or a pipe (`/dev/stdout`) cannot be renamed over; a directory gives EISDIR here, as it should.
    if (!isFile) return writeFileSync(target, content);
    replaceFile(target, content, mode);
  } catch (error) {
    throw systemError('write', path, error);
  }
}

function replaceFile(target: string, content: string | Uint8Array, mode: number | undefined): void {
  const nonce = Math.trunc(Math.random() * 2 ** 32).toString(16);
  const temporary = `${target}.${process.pid}.${nonce}.tmp`;
  // wx: a file or link that somebody has put there is never followed.
  const descriptor = openSync(temporary, 'wx', 0o666);
  try {
    try {
      if (mode !== undefined) fchmodSync(descriptor, mode);
      writeFileSync(descriptor, content);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
