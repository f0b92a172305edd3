import type { Diagnostic } from '../diagnostics.ts';
import type { ResolvedOptions } from '../options.ts';
import { relativeTo } from '../paths.ts';
import { readMarks } from '../plan/marks.ts';
import { parse } from '../plan/parse.ts';
import { LineIndex } from '../plan/source.ts';

/** Ids of components as they are written; what is compiled of one has a query (`App.vue?vue&type=script`). */
export const COMPONENT_ID: RegExp = /^[^\0?#]+\.(?:vue|svelte|astro|gjs|gts)$/;

/** Ember's: scripts, with templates in them as expressions and as members of classes. */
const GLIMMER = /\.g[jt]s$/;
const TEMPLATE = /<template>[^]*?<\/template>/g;

/** Comments of the markup, which are passed over; scripts; Astro's code at the top. */
const PARTS =
  /<!--[^]*?-->|(?<opening><script(?![\w-])(?:"[^"]*"|'[^']*'|[^'">])*(?<!\/)>)(?<script>[^]*?)<\/script\s*>|^(?<fence>\s*---)(?<top>[^]*?)\n\s*---/g;

/** Tells marks in components: their scripts are compiled apart, out of our sight, so that a mark has no effect. */
export class ComponentMarks {
  /** Text by file: a development server compiles one file for the browser and for itself. */
  readonly #told = new Map<string, string>();

  /** From here on files are told again. */
  readonly beginBuild = (): void => this.#told.clear();

  /** The first mark of a component, where this build has not told it. */
  diagnose(
    code: string,
    file: string,
    options: Pick<ResolvedOptions, 'root' | 'enabled' | 'strict'>,
  ): Diagnostic | undefined {
    if (!options.enabled || (!options.strict && this.#told.get(file) === code)) return undefined;
    const start = firstMark(code, file);
    if (start === undefined) return undefined;
    this.#told.set(file, code);
    return {
      code: 'TKA110',
      file: relativeTo(options.root, file),
      start,
      ...new LineIndex(code).positionOf(start),
      args: [file.slice(file.lastIndexOf('.'))],
      severity: options.strict ? 'error' : 'warning',
    };
  }
}

/**
 * The first comment in a component's scripts that asks for measuring. (A decorator works there, at run time.)
 * @returns UTF-16 offset in the component
 */
export function firstMark(code: string, file: string): number | undefined {
  if (!code.includes('@monitor')) return undefined;
  if (GLIMMER.test(file)) return firstMarkOfScript(withoutTemplates(code));
  for (const { index, groups = {} } of code.matchAll(PARTS)) {
    const { opening = '', script, fence = '', top } = groups;
    const mark = firstMarkOfScript(script ?? top ?? '');
    if (mark !== undefined) return index + opening.length + fence.length + mark;
  }
  return undefined;
}

/** The same text with something in place of each that may be both; offsets stay. */
function withoutTemplates(code: string): string {
  return code.replaceAll(TEMPLATE, (template) => '0'.padEnd(template.length));
}

function firstMarkOfScript(script: string): number | undefined {
  if (!script.includes('@monitor')) return undefined;
  const asTypeScript = parse('script.ts', script, undefined);
  const { comments } = asTypeScript.errors.length > 0 ? parse('script.tsx', script, undefined) : asTypeScript;
  const { byAnchor, fileMarks } = readMarks(script, comments);
  const marks = [...fileMarks, ...[...byAnchor.values()].flat()].filter(({ type }) => type !== 'ignore');
  return marks.length > 0 ? Math.min(...marks.map(({ start }) => start)) : undefined;
}
