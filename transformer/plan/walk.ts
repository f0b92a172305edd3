import type { CallExpression, Node } from 'oxc-parser';
import { boundNames, forEachChild, unwrap } from './ast.ts';
import { visitClass } from './classes.ts';
import { HELD, memberPlace, type Place, startOf, Walk, type WalkInput } from './context.ts';
import { noteOverload, visitFunction } from './functions.ts';
import { callsHook, definesExports, requiresPackage } from './hazards.ts';
import { mockFactory } from './jest.ts';
import { tellInBulk } from './left-alone.ts';
import { keyName, targetName } from './names.ts';
import type { FilePlan } from './plan.ts';
import { finishRegions } from './regions.ts';
import { Scope } from './scope.ts';
import { splitStatements } from './split.ts';
import { isExportsTarget } from './selection.ts';
import {
  noteCatch,
  noteJump,
  noteReturn,
  visitBlock,
  visitLabelled,
  visitLoop,
  visitTry,
} from './statements.ts';
import { noteAwaitUsing, noteSuspension } from './suspensions.ts';

type Walked = Omit<FilePlan, 'file' | 'format' | 'names' | 'diagnostics'>;

/** Walks a parsed file once and plans every site in it. */
export function walkFile(input: WalkInput): Walked {
  const { program } = input;
  const walk = new Walk(input, dispatch);
  const split = splitStatements(program, input.split);
  for (const statement of program.body) {
    walk.splitBy = split.has(statement) ? input.split?.by : undefined;
    walk.visit(statement);
  }
  tellInBulk(walk);
  walk.selection.reportProblems(input.report);
  const finished = finishRegions(walk.drafts, walk.scopes, walk.catches);
  const first = program.body.find((statement) => !('directive' in statement && statement.directive));
  return {
    headerStart: first ? startOf(first) : program.end,
    declaresSymbol: walk.declared.has('Symbol'),
    ...finished,
    // An error that another file's site has seen pass may be caught here: every instrumented file helps.
    catches: finished.regions.length > 0 ? finished.catches : [],
    removals: walk.removals,
    decorated: walk.decorated,
  };
}

/** What each kind of node means for the plan; others are only walked through. */
function dispatch(walk: Walk, node: Node, place: Place): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return visitFunction(walk, node, place);
    case 'TSDeclareFunction':
      if (node.id && !node.declare) noteOverload(walk, node.id.name, [...place.starts, node.start]);
      return;
    case 'ClassDeclaration':
    case 'ClassExpression':
      if (!node.declare) visitClass(walk, node, place);
      return;
    case 'ExportNamedDeclaration':
      if (node.declaration) walk.visit(node.declaration, { starts: [node.start], exported: true });
      return;
    case 'ExportDefaultDeclaration':
      return walk.visit(node.declaration, { starts: [node.start], exported: true, name: 'default' });
    case 'TSExportAssignment':
      return walk.visit(node.expression, { starts: [node.start], exported: true, name: 'default' });
    case 'VariableDeclaration':
      return visitVariables(walk, node, place);
    case 'ExpressionStatement':
      return walk.visit(node.expression, { starts: [node.start] });
    case 'AssignmentExpression':
      walk.visit(node.left);
      return walk.visit(node.right, {
        name: targetName(unwrap(node.left), walk.input.code),
        starts: [...place.starts, node.start],
        exported: walk.isTop() && isExportsTarget(node.left),
      });
    case 'AssignmentPattern':
      walk.visit(node.left);
      return walk.visit(node.right, { name: boundNames(node.left)[0], starts: [] });
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return walk.visit(node.expression, { ...place, starts: [...place.starts, node.start] });
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && node.callee.name === 'eval') walk.scope.callsEval = true;
      return visitCall(walk, node, place);
    case 'UnaryExpression':
      return walk.visit(node.argument, { starts: place.starts });
    case 'AwaitExpression':
      noteSuspension(walk, node);
      return walk.visit(node.argument, { starts: place.starts });
    case 'YieldExpression':
      noteSuspension(walk, node);
      if (node.argument) walk.visit(node.argument);
      return;
    case 'ObjectExpression':
      return visitObject(walk, node, place);
    case 'BlockStatement':
      return visitBlock(walk, node, place);
    case 'StaticBlock':
      return walk.inScope(new Scope(walk.scope, undefined, true), () => forEachChild(node, walk.visit));
    case 'ReturnStatement':
      noteReturn(walk, node);
      if (node.argument) walk.visit(node.argument, { starts: [node.start] });
      return;
    case 'BreakStatement':
    case 'ContinueStatement':
      return noteJump(walk, node);
    case 'TryStatement':
      return visitTry(walk, node);
    case 'CatchClause':
      noteCatch(walk, node);
      return forEachChild(node, (child) => walk.visit(child, HELD));
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'SwitchStatement':
      return visitLoop(walk, node, []);
    case 'LabeledStatement':
      return visitLabelled(walk, node);
    case 'WithStatement':
      walk.visit(node.object);
      walk.withDepth++;
      walk.visit(node.body);
      walk.withDepth--;
      return;
    case 'TSModuleDeclaration': {
      if (node.declare || !node.body) return;
      const name = walk.input.code.slice(node.id.start, node.id.end);
      return walk.inPath(`${walk.path}${name}.`, () => forEachChild(node, walk.visit));
    }
    default:
      forEachChild(node, walk.visit);
  }
}

function visitCall(walk: Walk, node: CallExpression, place: Place): void {
  // Wherever it stands: Node reads names of exports from the text, and knows no scopes.
  const isRead = walk.input.program.sourceType !== 'module' && definesExports(node);
  if (isRead) walk.exportsDepth++;
  if (walk.keepsRequireInTry && requiresPackage(node)) walk.lastRequire = node.start;
  if (callsHook(node)) walk.scope.callsHook = true;
  walk.visit(node.callee, { starts: place.starts });
  const factory = mockFactory(node, walk.jest);
  for (const argument of node.arguments) {
    if (argument === factory) walk.mockDepth++;
    walk.visit(argument);
    if (argument === factory) walk.mockDepth--;
  }
  if (isRead) walk.exportsDepth--;
}

function visitVariables(walk: Walk, node: Node & { type: 'VariableDeclaration' }, place: Place): void {
  if (node.declare) return;
  if (node.kind === 'await using') noteAwaitUsing(walk, node, place);
  for (const { id, init, start } of node.declarations) {
    if (node.kind === 'var') walk.scope.declareVars(id);
    walk.visit(id);
    if (!init) continue;
    // A mark before `const a = …, b = …` speaks about every function initialiser of the statement.
    const isDefinition = /^(?:(?:Arrow)?Function|Class)Expression$/.test(unwrap(init).type);
    walk.visit(init, {
      name: id.type === 'Identifier' ? id.name : undefined,
      starts: isDefinition ? [...place.starts, node.start, start] : [start],
      exported: place.exported ?? false,
    });
  }
}

function visitObject(walk: Walk, node: Node & { type: 'ObjectExpression' }, place: Place): void {
  walk.inPath(place.name === undefined ? walk.path : `${walk.path}${place.name}.`, () => {
    for (const property of node.properties) {
      if (property.type !== 'Property') {
        walk.visit(property);
        continue;
      }
      const { key, kind, method, computed, value, start } = property;
      if (computed) walk.visit(key);
      const isFunction = method || kind !== 'init';
      walk.visit(value, {
        ...memberPlace(
          isFunction && kind === 'init' ? 'method' : kind,
          keyName(key, computed, walk.input.code),
        ),
        starts: [start],
        start: isFunction ? start : undefined,
        exported: place.exported ?? false,
      });
    }
  });
}
