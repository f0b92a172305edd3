import type { CommandEntry } from './command.ts';
import { withTransform } from './instrument/with-transform.ts';

/** Every command; a new one is a line here and a file in `commands/`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'report',
    summary: 'show what a run measured: a table, the slowest and most called functions, warnings',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'compare',
    summary: 'tell what has become slower, faster, or fails more often from one run to another',
    load: () => import('./commands/compare.ts'),
  },
  {
    name: 'export',
    summary: 'write what a run measured to a file or to stdout, for other programs',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'dashboard',
    summary: 'watch what is being measured, live in the terminal',
    load: () => import('./commands/dashboard.ts'),
  },
  {
    name: 'run',
    summary: 'run a command as a run of its own and report when it ends',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'runs',
    summary: 'list the runs of the journal, the latest first',
    load: () => import('./commands/runs.ts'),
  },
  {
    name: 'clean',
    summary: 'remove old runs from the journal',
    load: () => import('./commands/clean.ts'),
  },
  {
    name: 'instrument',
    summary: 'put the measuring code into JavaScript or TypeScript files',
    load: () => withTransform(() => import('./commands/instrument.ts')),
  },
  {
    name: 'explain',
    summary: 'tell what the transform does in a file or to a function, and why',
    load: () => withTransform(() => import('./commands/explain.ts')),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands and options in bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
