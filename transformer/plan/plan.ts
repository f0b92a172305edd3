import type { Diagnostic } from '../diagnostics.ts';
import type { EmittedNames } from '../emitted-names.ts';
import type { MarkOptions } from '../mark-options.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Position } from './source.ts';

/** What kind of function-like thing a site is; the runtime and the report know the same words. */
export type SiteKind =
  | 'function'
  | 'arrow'
  | 'method'
  | 'getter'
  | 'setter'
  | 'constructor'
  | 'generator'
  | 'async'
  | 'async-generator'
  | 'block';

/** Why a function was selected. */
export type SelectionReason =
  | 'mark'
  | 'decorator'
  | 'class-mark'
  | 'class-decorator'
  | 'file-mark'
  | 'match'
  | 'exported'
  | 'all';

/** One instrumented function or block. */
export interface SitePlan {
  /** Number of the site in its file, from 0, in source order. */
  readonly index: number;
  /** Reported name: `src/cart.Cart.total`. */
  readonly name: string;
  readonly kind: SiteKind;
  /** Path of its source relative to the root, where that is not the plan's file: of bundles. */
  readonly file?: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  readonly reason: SelectionReason;
  readonly options: MarkOptions;
}

/**
 * How a site's body is surrounded:
 * - `flag`: `try … finally`, success told by a flag (an error then keeps the source line that Node prints for it);
 * - `settle`: an async function that may return a promise: the call ends when that settles;
 * - `close`: async functions and generators otherwise: `try … catch … finally`.
 */
export type Shape = 'flag' | 'settle' | 'close';

/** Where and how one site is placed. Offsets are UTF-16 offsets in the source. */
export interface RegionPlan {
  readonly site: SitePlan;
  readonly shape: Shape;
  readonly block: boolean;
  /** The body: its braces included, or a concise arrow's expression, parentheses included. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Concise arrow body: an expression, not a block. */
  readonly concise: boolean;
  /** The concise expression is or may come to be an anonymous function, which no assignment may name. */
  readonly anonymous: boolean;
  /** V8 would call a function in the concise expression by the name of our variable, in stacks. */
  readonly infersName: boolean;
  /** First offset behind the opening brace and the directives. */
  readonly innerStart: number;
  /** Where the last directive lacks its semicolon. */
  readonly openDirective: boolean;
  /** Whether a `return`, `break` or `continue` of the body leaves it by way of a label. */
  readonly labelled: boolean;
  /** A `using` declaration stands directly in the body: what it disposes of at the end belongs to the call. */
  readonly disposes: boolean;
  /** Offset behind a derived constructor's `super(…)` statement, where the labelled block begins. */
  readonly labelStart: number | undefined;
  readonly returnsValue: boolean;
  readonly mayReturnPromise: boolean;
  /** A jump out of it can be called off by a `finally` or a `catch`: the end of the body then forgets it. */
  readonly revocable: boolean;
  /** Source of the array-like that is hashed, where the site asks for argument hashes. */
  readonly argumentsText: string | undefined;
  /** Jumps that leave a block, each by its number from 1; the jump goes on behind the block. */
  readonly jumps: readonly JumpTarget[];
}

/** What a jump wants in the end. */
export interface JumpTarget {
  readonly type: 'return' | 'break' | 'continue';
  readonly label: string | undefined;
  /** Regions left, from the inner to the outer, that are surrounded by a label. */
  readonly regions: readonly number[] /* site indices */;
}

/** A `return`, `break` or `continue` that leaves a region. */
export interface JumpPlan extends JumpTarget {
  /** Nothing stands behind it in the body, so that it needs no label to leave. */
  readonly isLast: boolean;
  readonly start: number;
  readonly end: number;
  readonly argument:
    | {
        readonly start: number;
        readonly end: number;
        readonly sequence: boolean;
        /** See {@link RegionPlan.anonymous}. */
        readonly anonymous: boolean;
        readonly infersName: boolean;
      }
    | undefined;
}

/** A `yield` or `await`: between suspension and resumption these sites do not run. */
export interface SuspensionPlan {
  readonly start: number;
  readonly end: number;
  readonly argument: { readonly start: number; readonly end: number } | undefined;
  /** Of a `yield*`: the offset in its argument at which it stands in stacks. */
  readonly place: number | undefined;
  readonly regions: readonly number[] /* site indices, from the inner to the outer */;
}

/** An expression, statement or block in the source. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A `for await` loop: it waits from the evaluation of its iterable to the beginning of its body, and from there on
 * between any two turns.
 */
export interface ForAwaitPlan extends Range {
  readonly iterable: Range;
  readonly body: Range & { readonly block: boolean };
  /** The statement with the loop's labels. */
  readonly labelled: Range;
  /** Jumps that end a turn, or the loop, and leave no region. */
  readonly jumps: readonly Range[];
  readonly regions: readonly number[] /* site indices, from the inner to the outer */;
}

/** The last `await using` declaration of a block: the block's end waits for the disposal. */
export interface AwaitUsingPlan extends Range {
  /** It lacks its semicolon. */
  readonly open: boolean;
  readonly regions: readonly number[] /* site indices, from the inner to the outer */;
}

/** A block with such a declaration: behind it these sites run again. */
export interface DisposalPlan extends Range {
  readonly regions: readonly number[] /* site indices, from the inner to the outer */;
}

/** The block of a `finally` that is entered when an `await` fails, or a generator is closed or thrown into. */
export interface FinallyPlan extends Range {
  readonly regions: readonly number[] /* site indices, from the inner to the outer */;
}

/** A catch clause, from which the runtime learns the message of errors that passed through sites. */
export interface CatchPlan {
  readonly bodyStart: number;
  /** The caught variable, or `undefined` where the clause has none. */
  readonly parameter: string | undefined;
  /** Site index of the function or block around it that can be suspended: with the error it may have been resumed. */
  readonly region: number | undefined;
}

/** A range that is taken out: a decorator that was inlined. */
export interface RemovalPlan {
  readonly start: number;
  readonly end: number;
  /** `;` where the removal could join two class members. */
  readonly replacement: '' | ';';
}

/** A function that a decorator of ours finds where it runs. */
export interface DecoratedFunction extends Position {
  /**
   * What it is to the decorator: a method or accessor with one of its own or of the class's; a field with one; a static field
   * of a class with one; the other accessor of one with one. See `lowered.ts`.
   */
  readonly as: 'member' | 'field' | 'static' | 'partner';
}

/** All that is done to one file: plain data, decided once, placed by each printer. */
export interface FilePlan {
  /** Path relative to the root, with its extension. */
  readonly file: string;
  readonly format: 'esm' | 'commonjs' | 'global';
  /** Offset of the first statement behind directives and leading comments. */
  readonly headerStart: number;
  /** See {@link FileInfo.dropsImports}. */
  readonly dropsImports?: boolean | undefined;
  /** See {@link FileInfo.runtimeId}. */
  readonly runtimeId?: string | undefined;
  /** The file declares a `Symbol` of its own. */
  readonly declaresSymbol: boolean;
  readonly names: EmittedNames;
  readonly regions: readonly RegionPlan[];
  readonly jumps: readonly JumpPlan[];
  readonly suspensions: readonly SuspensionPlan[];
  readonly forAwaits: readonly ForAwaitPlan[];
  readonly awaitUsings: readonly AwaitUsingPlan[];
  readonly disposals: readonly DisposalPlan[];
  readonly finallies: readonly FinallyPlan[];
  readonly catches: readonly CatchPlan[];
  readonly removals: readonly RemovalPlan[];
  /** Functions that decorators of ours find where they run, inlined here or not. */
  readonly decorated: readonly DecoratedFunction[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What a host knows about a file. */
export interface FileInfo {
  /** Path relative to the root, `/`-separated. */
  readonly file: string;
  /** How the file's module is loaded, where the host knows; else it is told from the source. */
  readonly format?: 'esm' | 'commonjs' | undefined;
  /**
   * How the host loads a file that has no module syntax and no extension that tells: an `import` would make such a
   * script a module, and sloppy code strict.
   * @default 'esm'
   */
  readonly scripts?: 'esm' | 'commonjs' | undefined;
  /**
   * The compiler that works on the result looks for `super(…)` only among the constructor's own statements, and sets
   * fields before it where it stands in a `try` block: TypeScript before 5.2, oxc (Rolldown, Vite 8), Bun.
   */
  readonly losesSuperInTry?: 'typescript' | 'oxc' | 'bun' | undefined;
  /**
   * The bundler leaves a `require` of an external module that stands in a `try` block to the run, where there may be no
   * `require`: Rollup, whose plugin for CommonJS takes the module to be an optional one. Which are external is not known
   * here; a path of the project's own seldom is.
   * Source: https://github.com/rollup/plugins/tree/master/packages/commonjs#ignoretrycatch
   */
  readonly keepsRequireInTry?: boolean | undefined;
  /**
   * The bundler may be told that no module does anything by being loaded, and drops an import of which no name is used:
   * Rollup (`treeshake`), and Nitro's, which works on what Vite has built.
   */
  readonly dropsImports?: boolean | undefined;
  /**
   * What an ES module imports the runtime by, where the host cannot have its name found.
   * @default 'tka-perf'
   */
  readonly runtimeId?: string | undefined;
  /**
   * What comes next compiles components and hooks, but none in which there is a `try … finally`: React Compiler.
   * Source: https://react.dev/reference/react-compiler/compilationMode
   */
  readonly compilesComponents?: boolean | undefined;
  /**
   * What comes next lets a page go on with a component that was edited, by the hooks that it calls, and sees only those
   * among the function's own statements: React Fast Refresh in oxc and SWC.
   */
  readonly refreshesHooks?: boolean | undefined;
  /** What comes next takes parts of the module out into modules of their own. */
  readonly split?: Split | undefined;
}

/** A router that takes parts of a route's module out, each with the statements that it needs. */
export interface Split {
  readonly by: string;
  /**
   * The exports that it takes out where no other export needs the same statements; `all` where the parts are no statements:
   * no two of them are to name anything that is not the file's own.
   */
  readonly exports: readonly string[] | 'all';
}

/** What planning a file takes of the options. */
export type PlanOptions = Pick<
  ResolvedOptions,
  'functions' | 'matches' | 'includes' | 'enabled' | 'strict' | 'runtime' | 'isMeasured' | 'withDecorated'
>;
