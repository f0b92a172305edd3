import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { styleText } from 'node:util';
import { systemCode, systemError, UserError } from './errors.ts';
import { printable } from './escape.ts';

/** Data: to stdout, a line end added. */
export function printData(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Words about the data: to stderr, a line end added. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A sentence to stderr under the program's name: `[tka-perf] …`; control characters escaped. */
export function tell(sentence: string): void {
  say(`[tka-perf] ${printable(sentence)}`);
}

type Format = Parameters<typeof styleText>[0];

/**
 * Whether text for `stream` is in colour: a terminal's is, unless `NO_COLOR` or `TERM=dumb` asks for plain text; any
 * stream's where `FORCE_COLOR` says so (no-color.org, force-color.org).
 */
export function hasColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR = '', TERM } = process.env;
  if (FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

/** `text` in colour where `color` says so. */
export function styled(format: Format, text: string, color: boolean): string {
  return color ? styleText(format, text, { validateStream: false }) : text;
}

/** Width that text for `stream` is fitted to: the terminal's, 80 where it is none. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true && stream.columns > 0 ? stream.columns : 80;
}

/** The last consumer of a pipe may leave at any time (`| head`): that ends the command quietly. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (systemCode(error) === 'EPIPE') process.exit();
      throw error;
    });
  }
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
    target = realpathSync(path);
    const stat = statSync(target);
    isFile = stat.isFile();
    mode = stat.mode & 0o7777;
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
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
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
