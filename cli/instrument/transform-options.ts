import { Option, type Command } from 'commander';
import type { Options } from '../../transformer/index.ts';
import { naming } from '../option-values.ts';

/** The transform's options as flags. */
export interface TransformFlags {
  readonly functions?: 'marked' | 'exported' | 'all';
  readonly match?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly root?: string;
  readonly runtime?: 'import' | 'global';
  readonly strict?: boolean;
  readonly enabled: boolean;
}

/** Adds the flags of selection that every command about instrumenting has. */
export function addTransformOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--functions <which>',
        'functions selected without a mark (default: marked, that is none)',
      ).choices(['marked', 'exported', 'all']),
    )
    .option('--match <glob>', 'select functions by name, e.g. "OrderService.*"; may be repeated', collect)
    .option('--include <glob>', 'only files whose path from the root matches; may be repeated', collect)
    .option('--exclude <glob>', 'not these files, besides node_modules; may be repeated', collect)
    .option(
      '--root <dir>',
      'the project root, which names are relative to (default: the working directory)',
      naming('--root', 'a directory'),
    )
    .addOption(
      new Option('--runtime <how>', 'how files get at the runtime (default: import)').choices([
        'import',
        'global',
      ]),
    );
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** Only what was given: the transform has its own defaults. */
export function transformOptions(flags: TransformFlags): Options {
  const { functions, match, include, exclude, root, runtime, strict, enabled } = flags;
  return {
    enabled,
    ...(functions === undefined ? {} : { functions }),
    ...(match === undefined ? {} : { match }),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(root === undefined ? {} : { root }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(strict === undefined ? {} : { strict }),
  };
}
