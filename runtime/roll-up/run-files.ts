/** The files of a run by writer. */
import type { Disk } from '../platform/disk.ts';
import { JOURNAL_NAME } from '../format/journal-name.ts';
import { JOURNAL_EXTENSION } from '../format/record.ts';

/** The files of one writer. */
export interface WriterFiles {
  readonly name: string;
  /** How often what is in it was rolled up. */
  readonly level: number;
  /** In base 36: of the same length for thousands of years. */
  readonly startedAt: string;
  /** Number of its newest segment, of which there is one but for a moment; -1 where there is none. */
  segment: number;
  /** All of them. */
  readonly files: string[];
}

/** All writers of a run. */
export function writersIn({ fs }: Disk, dir: string): WriterFiles[] {
  const writers = new Map<string, WriterFiles>();
  for (const file of fs.readdirSync(dir)) {
    const [, name, level = '0', start = '', series, serial] = JOURNAL_NAME.exec(file) ?? [];
    if (name === undefined) continue;
    const known = writers.get(name);
    const writer = known ?? { name, level: Number(level), startedAt: start, segment: -1, files: [] };
    if (!known) writers.set(name, writer);
    writer.files.push(file);
    if (series === '') writer.segment = Math.max(writer.segment, Number(serial));
  }
  return Array.from(writers.values());
}

/** The file with the whole state. */
export function segmentOf({ name, segment }: Pick<WriterFiles, 'name' | 'segment'>): string {
  return `${name}.${segment}${JOURNAL_EXTENSION}`;
}

/** The name of what begins with that writer, rolled up so often. */
export function rolledName({ name, level: before }: WriterFiles, level: number): string {
  return `r${level}.${before === 0 ? name : name.slice(name.indexOf('.') + 1)}`;
}
