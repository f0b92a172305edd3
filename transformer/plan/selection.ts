import type { Node, Program } from 'oxc-parser';
import { unwrap } from './ast.ts';
import type { DecoratorMark } from './decorators.ts';
import type { MarkOptions } from '../mark-options.ts';
import type { CommentMark, CommentMarks } from './marks.ts';
import type { Report } from '../diagnostics.ts';
import type { SelectionReason } from './plan.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Position } from './source.ts';

/** What deciding takes of the options. */
export type WalkOptions = Pick<
  ResolvedOptions,
  'functions' | 'matches' | 'enabled' | 'isMeasured' | 'withDecorated'
>;

/** A function is selected, and why. */
export interface Selected {
  readonly reason: SelectionReason;
  readonly options: MarkOptions;
}

/** What is known about a function when its selection is decided. */
export interface Candidate {
  /** `Cart.total` */
  readonly qualifiedName: string;
  /** `src/cart.Cart.total` */
  readonly reportedName: string;
  readonly begin: Position;
  readonly exported: boolean;
  /** Offsets at which a comment mark speaks about this function. */
  readonly starts: readonly number[];
  readonly decorators: readonly DecoratorMark[];
  /** See {@link Place.runsDecorator}. */
  readonly runsDecorator: boolean;
  /** Mark of the class, if the function is a member of a marked class; `ignored` below `@monitor-ignore`. */
  readonly inherited: Selected | 'ignored' | undefined;
}

/** Decides which functions are selected, and remembers which marks have found their function. */
export class Selection {
  readonly #marks: CommentMarks;
  readonly #options: WalkOptions;
  readonly #used = new Set<CommentMark>();
  readonly #fileMark: CommentMark | undefined;
  readonly #hasMarks: boolean;

  constructor(marks: CommentMarks, options: WalkOptions, codeStart: number, report: Report) {
    this.#marks = marks;
    this.#options = options;
    this.#hasMarks = marks.byAnchor.size > 0;
    for (const mark of marks.fileMarks) {
      if (mark.start > codeStart) report('TKA107', mark.start, []);
      else this.#fileMark ??= mark;
    }
  }

  /** Comment marks at any of the offsets; they count as having found what they mark. */
  take(starts: readonly number[]): CommentMark[] {
    const taken: CommentMark[] = [];
    if (!this.#hasMarks) return taken;
    for (const start of starts) {
      for (const mark of this.#marks.byAnchor.get(start) ?? []) {
        this.#used.add(mark);
        taken.push(mark);
      }
    }
    return taken;
  }

  /** Own marks first, then the class's, the file's, then the options. Options of the outer marks hold unless overruled. */
  select(candidate: Candidate): Selected | 'ignored' | 'measured' | undefined {
    const marks = this.take(candidate.starts);
    if (!this.#options.enabled) return undefined;
    if (candidate.inherited === 'ignored' || marks.some((mark) => mark.type === 'ignore')) return 'ignored';
    const { isMeasured, withDecorated } = this.#options;
    if ((candidate.runsDecorator && !withDecorated) || isMeasured?.(candidate.begin)) return 'measured';
    const file = this.#fileMark?.options;
    const outer = { ...withoutName(file), ...withoutName(candidate.inherited?.options) };
    const inlined = candidate.decorators.filter((decorator) => decorator.options);
    if (marks.length > 0 || inlined.length > 0) {
      const options = Object.assign(
        {},
        outer,
        ...inlined.map((mark) => mark.options),
        ...marks.map((mark) => mark.options),
      );
      return { reason: marks.length > 0 ? 'mark' : 'decorator', options };
    }
    if (candidate.inherited) return { reason: candidate.inherited.reason, options: outer };
    if (file) return { reason: 'file-mark', options: outer };
    const { functions, matches } = this.#options;
    if (matches?.(candidate.qualifiedName) || matches?.(candidate.reportedName))
      return { reason: 'match', options: {} };
    if (functions === 'all') return { reason: 'all', options: {} };
    if (functions === 'exported' && candidate.exported) return { reason: 'exported', options: {} };
    return undefined;
  }

  /** Tells the marks that are wrong in themselves or have found nothing. */
  reportProblems(report: Report): void {
    if (!this.#options.enabled) return;
    for (const marks of [...this.#marks.byAnchor.values(), this.#marks.fileMarks]) {
      for (const mark of marks) {
        for (const { code, args } of mark.problems) report(code, mark.start, args);
        if (mark.type !== 'file' && !this.#used.has(mark)) {
          report('TKA101', mark.start, [mark.type === 'ignore' ? '@monitor-ignore' : '@monitor']);
        }
      }
    }
  }
}

function withoutName(options: MarkOptions | undefined): MarkOptions {
  if (options?.name === undefined) return options ?? {};
  const { name: _, ...rest } = options;
  return rest;
}

/** Local names that a module exports by `export { … }`, `export default name` or `module.exports = { … }`. */
export function exportedNames(program: Program): Set<string> {
  const names = new Set<string>();
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration' && !statement.source) {
      for (const { local } of statement.specifiers) if (local.type === 'Identifier') names.add(local.name);
    } else if (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier') {
      names.add(statement.declaration.name);
    } else if (
      statement.type === 'ExpressionStatement' &&
      statement.expression.type === 'AssignmentExpression'
    ) {
      const { left, right } = statement.expression;
      if (isExportsTarget(left)) addExported(unwrap(right), names);
    }
  }
  return names;
}

function addExported(value: Node, names: Set<string>): void {
  if (value.type === 'Identifier') names.add(value.name);
  if (value.type !== 'ObjectExpression') return;
  for (const property of value.properties)
    if (property.type === 'Property') addExported(property.value, names);
}

/** `exports.a`, `module.exports`, `module.exports.a` */
export function isExportsTarget(target: Node): boolean {
  if (target.type !== 'MemberExpression' || target.computed) return false;
  const { object, property } = target;
  if (object.type === 'Identifier') {
    return (
      object.name === 'exports' ||
      (object.name === 'module' && property.type === 'Identifier' && property.name === 'exports')
    );
  }
  return isExportsTarget(object);
}
