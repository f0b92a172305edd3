import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import {
  formatDiagnostic,
  instrument,
  isInstrumented,
  isLeftOut,
  type InstrumentOptions,
  type Options,
  type IncomingMap,
  inlineUrl,
  moveMap,
  type Located,
  withMapComment,
} from '../../transformer/index.ts';
import { systemError } from '../text/errors.ts';
import { writeFileAtomically } from '../text/output.ts';
import { shortPath, type InstrumentTask } from './files.ts';
import { besideUrl, incomingMapOf } from './incoming-map.ts';
import { placeOf } from './place.ts';
import { scriptsBelow } from './scripts.ts';

/** What became of one file. */
export interface FileOutcome {
  /** Functions and blocks that are measured now; 0 where the file is as it was. */
  readonly sites: number;
  /** The file is as it was because it had been instrumented before. */
  readonly isDone?: boolean;
  /** The options leave the file out. */
  readonly isLeftOut?: boolean;
  /** One line each, for stderr. */
  readonly messages: readonly string[];
  /** Whether one of them is an error (with `strict`) and not a warning. */
  readonly hasErrors: boolean;
}

/** What the command's flags say of every file. */
export interface FileSettings {
  readonly options: Options;
  /** Write a map also where none came in. */
  readonly sourceMap: boolean;
}

/**
 * Instruments one file. A file in which nothing is selected, or that is not UTF-8 or does not parse, is copied where
 * there is an output folder, and in place is not written at all.
 *
 * @throws UserError where the system does not let us read or write
 */
export function instrumentFile(task: InstrumentTask, settings: FileSettings): FileOutcome {
  const { input } = task;
  const bytes = readBytes(input);
  const code = decodeText(bytes);
  if (code === undefined) {
    writeCopy(task, bytes);
    const message = `${shortPath(input)}: warning: left as it is: it is not UTF-8 text`;
    return { sites: 0, messages: [message], hasErrors: false };
  }
  const place = placeOf(input, settings.options.root);
  const folder = dirname(place.file);
  const incoming = incomingMapOf(code, place.file);
  const usable = typeof incoming === 'object' ? incoming : undefined;
  const scripts = scriptsBelow(input);
  const result = instrument(code, {
    ...settings.options,
    // In a package of modules the text has no say.
    format: formatOf(input) ?? (scripts === 'esm' ? 'esm' : undefined),
    scripts,
    ...place,
    ...(usable === undefined ? {} : { inputMap: JSON.stringify(usable.map) }),
  });
  const messages = result?.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic)) ?? [];
  const hasErrors = result?.diagnostics.some(({ severity }) => severity === 'error') ?? false;
  if (result === undefined || result.code === code) {
    writeCopy(task, code, usable && { ...usable, folder });
    const settled = { ...settings.options, root: place.root };
    return {
      sites: 0,
      isDone: isInstrumented(code),
      isLeftOut: isLeftOut(place.file, settled),
      messages,
      hasErrors,
    };
  }
  if (typeof incoming === 'string') {
    messages.push(`${shortPath(input)}: warning: ${incoming}; names and lines are those of this file`);
  }
  if (usable === undefined && !settings.sourceMap) writeOutput(task, result.code);
  else writeWithMap(task, result.code, { ...usable, map: result.map, folder });
  return { sites: result.sites.length, messages, hasErrors };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw systemError('read', path, error);
  }
}

function decodeText(bytes: Buffer): string | undefined {
  try {
    // ignoreBOM keeps the mark in the text, so that it is written again.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What the extension says of the module system. */
function formatOf(path: string): InstrumentOptions['format'] {
  const extension = extname(path);
  if (extension === '.cjs' || extension === '.cts') return 'commonjs';
  return extension === '.mjs' || extension === '.mts' ? 'esm' : undefined;
}

/** A file that stays as it was: nothing to do in place. Its map's sources are elsewhere now. */
function writeCopy(task: InstrumentTask, code: string | Buffer, incoming?: PlacedMap): void {
  if (task.input === task.output) return;
  if (incoming === undefined || typeof code !== 'string') writeOutput(task, code);
  else writeWithMap(task, code, incoming);
}

/** A map whose sources are relative to a folder, that of the file that it came with or is of. */
interface PlacedMap extends Omit<IncomingMap, 'map'> {
  readonly map: Located;
  readonly folder: string;
}

/** Writes code and map: inline where it came in so, else in the map's old place or beside the output. */
function writeWithMap(task: InstrumentTask, code: string, { map, path, folder }: PlacedMap): void {
  const { input, output } = task;
  const isInline = path === undefined && /sourceMappingURL=data:/.test(code);
  const mapPath = path !== undefined && input === output ? path : `${output}.map`;
  const moved = moveMap(map, folder, isInline ? dirname(output) : dirname(mapPath));
  if (isInline) return writeOutput(task, withMapComment(code, inlineUrl(moved)));
  // The map first: a reader that comes in between sees old code with a map that has the same lines.
  writeInFolder(mapPath, JSON.stringify(moved), undefined);
  writeOutput(task, mapPath === path ? code : withMapComment(code, besideUrl(output)));
}

function writeOutput({ input, output }: InstrumentTask, content: string | Buffer): void {
  writeInFolder(output, content, statSync(input).mode & 0o777);
}

function writeInFolder(path: string, content: string | Buffer, newMode: number | undefined): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw systemError('write', path, error);
  }
  writeFileAtomically(path, content, newMode);
}
