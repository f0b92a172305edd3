import type { Node } from 'oxc-parser';
import { boundNames, type FunctionNode } from './ast.ts';
import type {
  AwaitUsingPlan,
  DisposalPlan,
  FinallyPlan,
  ForAwaitPlan,
  JumpPlan,
  Range,
  Shape,
  SuspensionPlan,
} from './plan.ts';

/** A region while it is walked: what its {@link RegionPlan} will need to know. */
export interface OpenRegion {
  readonly block: boolean;
  /** An `await` or `yield` stands in it, so that it can be suspended. */
  suspends: boolean;
  returnsValue: boolean;
  mayReturnPromise: boolean;
  /** Offset of the `return` with a value that is the last statement of a function. */
  readonly lastReturn: number | undefined;
  /** A jump out of it stands in a `try`, so that a finalizer or a catch clause can call it off. */
  revocable: boolean;
  /** Such a jump can be called off while a `finally` holds back another one, whose value it would overwrite. */
  entangled: boolean;
  shape: Shape;
}

/** A `return`, `break` or `continue` and all regions that it leaves, from the inner to the outer. */
export interface Jump extends Pick<JumpPlan, 'type' | 'label' | 'start' | 'end' | 'argument'> {
  readonly leaves: readonly OpenRegion[];
}

/** What may suspend a function, and all regions around it, from the inner to the outer. */
export type Suspending<Plan extends { regions: unknown }> = Omit<Plan, 'regions'> & {
  readonly within: readonly OpenRegion[];
};

/** A `for await` loop, whose jumps are noted while its body is walked. */
export interface OpenForAwait extends Omit<Suspending<ForAwaitPlan>, 'jumps'> {
  readonly jumps: Range[];
}

/** A block, with the last `await using` declaration so far among its statements. */
export interface DisposingBlock {
  last: Suspending<AwaitUsingPlan> | undefined;
}

/** What a `break` or `continue` can aim at, and the regions between. */
type Target =
  | {
      readonly type: 'loop' | 'switch';
      readonly labels: readonly string[];
      readonly forAwait?: OpenForAwait | undefined;
    }
  | { readonly type: 'label'; readonly labels: readonly string[] }
  | { readonly type: 'region'; readonly region: OpenRegion };

/** One function's (or the program's) own facts, gathered while its body is walked; nested functions have their own. */
export class Scope {
  readonly parent: Scope | undefined;
  /** `undefined` for the program and for field initialisers and static blocks. */
  readonly node: FunctionNode | undefined;
  readonly strict: boolean;
  readonly targets: Target[] = [];
  readonly jumps: Jump[] = [];
  readonly suspensions: Suspending<SuspensionPlan>[] = [];
  readonly forAwaits: OpenForAwait[] = [];
  readonly awaitUsings: Suspending<AwaitUsingPlan>[] = [];
  readonly disposals: Suspending<DisposalPlan>[] = [];
  readonly finallies: Suspending<FinallyPlan>[] = [];
  /** The block whose end disposes of what is declared next; none where nothing can be placed behind it. */
  disposing: DisposingBlock | undefined = { last: undefined };
  /** It calls a hook of React's, as far as the name tells. */
  callsHook = false;
  /** Points so far at which the function can be suspended. */
  suspendCount = 0;
  /** Names of function declarations that stand directly in the body, with how often each does. */
  readonly functions: Map<string, number> = new Map();
  readonly nestedFunctions: Set<string> = new Set();
  readonly vars: Set<string> = new Set();
  callsEval = false;
  tryDepth = 0;
  finallyDepth = 0;
  /** Of the `try` statements around, those inside a `finally`. */
  tryInFinallyDepth = 0;

  constructor(parent: Scope | undefined, node: FunctionNode | undefined, strict: boolean) {
    this.parent = parent;
    this.node = node;
    this.strict = strict;
  }

  /** Notes the function declarations of a body: moved into a block they become block-scoped. */
  declareFunctions(body: readonly Node[]): void {
    for (const statement of body) {
      if (statement.type !== 'FunctionDeclaration' || !statement.id) continue;
      this.functions.set(statement.id.name, (this.functions.get(statement.id.name) ?? 0) + 1);
    }
  }

  declareVars(pattern: Node): void {
    for (const name of boundNames(pattern)) this.vars.add(name);
  }

  /** The open regions of this function, from the inner to the outer. */
  openRegions(): OpenRegion[] {
    const regions: OpenRegion[] = [];
    for (const target of this.targets) if (target.type === 'region') regions.unshift(target.region);
    return regions;
  }

  /**
   * The target of a `break` or `continue`, and the regions left on the way there, from the inner to the outer; nothing
   * where it has no target: such a jump is a SyntaxError, and stays one.
   */
  aimOf(
    type: 'break' | 'continue',
    label: string | undefined,
  ):
    | { readonly target: Exclude<Target, { type: 'region' }>; readonly leaves: readonly OpenRegion[] }
    | undefined {
    const leaves: OpenRegion[] = [];
    for (let index = this.targets.length - 1; index >= 0; index--) {
      const target = this.targets[index] as Target;
      if (target.type === 'region') leaves.push(target.region);
      else if (
        label === undefined
          ? target.type === 'loop' || (type === 'break' && target.type === 'switch')
          : target.labels.includes(label)
      )
        return { target, leaves };
    }
    return undefined;
  }

  /** A jump leaves these regions: can anything call it off? */
  leave(regions: readonly OpenRegion[]): void {
    for (const region of regions) {
      region.revocable ||= this.tryDepth > 0;
      region.entangled ||= this.tryInFinallyDepth > 0;
    }
  }

  /** Visits what declares into a block. */
  whileDisposing(block: DisposingBlock | undefined, visit: () => void): void {
    const outer = this.disposing;
    this.disposing = block;
    visit();
    this.disposing = outer;
  }

  /** An `await` or `yield`: every open region can be suspended. */
  suspend(): void {
    this.suspendCount++;
    for (const target of this.targets) if (target.type === 'region') target.region.suspends = true;
  }
}
