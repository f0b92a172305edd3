/** Which commit the program's sources are at, read from git's own files: no process is started for it. */
import type { Disk } from '../platform/disk.ts';

/** Digits that git shows of a commit. */
const SHOWN = 12;

/**
 * The commit of the working tree that `folder` lies in, by its first digits; `undefined` where there is none, or none
 * that these files tell. Source: gitrepository-layout(5).
 */
export function gitRevision({ fs, path }: Disk, folder: string): string | undefined {
  const read = (...parts: readonly string[]): string | undefined => {
    try {
      return fs.readFileSync(path.join(...parts), 'utf8').trim();
    } catch {
      return undefined;
    }
  };
  for (let parent = folder; ; parent = path.dirname(parent)) {
    // In a linked working tree `.git` is a file that says where the folder is.
    const link = read(parent, '.git')?.replace(/^gitdir: /, '');
    const git = path.resolve(parent, link ?? '.git');
    const head = read(git, 'HEAD');
    if (head) {
      const ref = /^ref: (.+)$/.exec(head)?.[1];
      const common = path.resolve(git, read(git, 'commondir') ?? '.');
      const commit = ref
        ? (read(git, ref) ?? read(common, ref) ?? packed(read(common, 'packed-refs'), ref))
        : head;
      return commit?.slice(0, SHOWN);
    }
    if (path.dirname(parent) === parent) return undefined;
  }
}

function packed(refs: string | undefined, ref: string): string | undefined {
  return refs?.split('\n').find((line) => line.endsWith(` ${ref}`));
}
