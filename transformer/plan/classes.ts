import type {
  AccessorProperty,
  Class,
  Decorator,
  MethodDefinition,
  Node,
  PropertyDefinition,
} from 'oxc-parser';
import { unwrap } from './ast.ts';
import { type DecoratorMark, readDecorator } from './decorators.ts';
import { noteOverload } from './functions.ts';
import { skipComments } from './marks.ts';
import type { MarkOptions } from '../mark-options.ts';
import { anonymousName, keyName } from './names.ts';
import { Scope } from './scope.ts';
import { memberPlace, type Place, startOf, type Walk } from './context.ts';

/** What members know of their class. */
interface ClassPlace extends Pick<Place, 'inherited' | 'exported' | 'derived' | 'fields'> {
  readonly decorators: readonly DecoratorMark[];
  /** Accessors with a decorator of ours. */
  readonly accessors: ReadonlySet<string>;
}

type Member = MethodDefinition | PropertyDefinition | AccessorProperty;

/** Reads a class's marks and hands them to its members. */
export function visitClass(walk: Walk, node: Class, place: Place): void {
  const { code, lines, options, report } = walk.input;
  const decorators = readDecorators(walk, node.decorators);
  walk.reportDecorators(decorators);
  const inlined = decorators.filter((decorator) => decorator.options);
  const marks = walk.selection.take([
    ...place.starts,
    startOf(node),
    node.start,
    ...behindDecorators(node.decorators, code),
  ]);
  const isIgnored = place.inherited === 'ignored' || marks.some((mark) => mark.type === 'ignore');
  const isMarked = !isIgnored && (marks.length > 0 || inlined.length > 0);
  const own: MarkOptions = Object.assign({}, ...[...inlined, ...marks].map((mark) => mark.options));
  const segment = node.id?.name ?? place.name ?? anonymousName(lines.positionOf(node.start));
  const reason = inlined.length > 0 ? 'class-decorator' : 'class-mark';
  const members: ClassPlace = {
    decorators,
    accessors: accessorsOf(walk, node),
    inherited: isIgnored ? 'ignored' : isMarked ? { reason, options: own } : undefined,
    exported: place.exported || (walk.isTop() && walk.exported.has(segment)),
    derived: node.superClass !== null,
    fields: fieldsOf(node),
  };

  for (const decorator of node.decorators) walk.visit(decorator);
  if (node.superClass) walk.visit(node.superClass);
  const selectedBefore = walk.selectedCount;
  walk.classDepth++;
  walk.inPath(`${walk.path}${segment}.`, () => {
    for (const member of node.body.body) visitMember(walk, member, members);
  });
  walk.classDepth--;
  walk.removeDecorators(decorators, false);
  if (!isMarked || !options.enabled || walk.selectedCount > selectedBefore) return;
  for (const mark of marks) report('TKA101', mark.start, ['@monitor']);
  for (const { start, end } of inlined) report('TKA101', start, [code.slice(start, end)]);
}

function visitMember(
  walk: Walk,
  member: Class['body']['body'][number],
  { decorators, accessors, ...inherited }: ClassPlace,
): void {
  if (
    member.type !== 'MethodDefinition' &&
    member.type !== 'PropertyDefinition' &&
    member.type !== 'AccessorProperty'
  ) {
    walk.visit(member);
    return;
  }
  const { code } = walk.input;
  for (const decorator of member.decorators) walk.visit(decorator);
  if (member.computed) walk.visit(member.key);
  const isMethod = member.type === 'MethodDefinition';
  const behind = behindDecorators(member.decorators, code);
  const own = readDecorators(walk, member.decorators);
  const decoratedAs = findAs(walk, member, own, { decorators, accessors });
  const deciding = [...own, ...(decoratedAs === 'member' ? decorators : [])];
  const place: Place = {
    ...inherited,
    decoratedAs,
    runsDecorator: deciding.some(({ options }) => !options),
    ...memberPlace(isMethod ? member.kind : 'field', keyName(member.key, member.computed, code)),
    starts: [startOf(member), member.start, ...behind],
    decorators: own,
    exported: inherited.exported === true && member.key.type !== 'PrivateIdentifier',
    start: isMethod ? (behind[0] ?? member.start) : undefined,
    member: true,
  };
  if (!isMethod) visitField(walk, member.value, place);
  else if (member.value.body) walk.visit(member.value, place);
  else if (place.name !== undefined) noteOverload(walk, place.name, place.starts);
}

/** What a member is to the decorators of ours that find it: its own, its partner's, or the class's, which see what is public. */
function findAs(
  { input: { code } }: Walk,
  member: Member,
  own: readonly DecoratorMark[],
  { decorators, accessors }: Pick<ClassPlace, 'decorators' | 'accessors'>,
): Place['decoratedAs'] {
  const isMethod = member.type === 'MethodDefinition';
  if (own.length > 0) return isMethod ? 'member' : 'field';
  const isSeen = decorators.length > 0 && member.key.type !== 'PrivateIdentifier';
  if (isSeen && isMethod && member.kind !== 'constructor') return 'member';
  if (isAccessor(member) && accessors.has(accessorOf(member, code))) return 'partner';
  return isSeen && !isMethod && member.static ? 'static' : undefined;
}

function isAccessor(member: Class['body']['body'][number]): member is MethodDefinition {
  return member.type === 'MethodDefinition' && (member.kind === 'get' || member.kind === 'set');
}

function accessorsOf(walk: Walk, { body }: Class): ReadonlySet<string> {
  const decorated = body.body
    .filter(isAccessor)
    .filter(({ decorators }) => readDecorators(walk, decorators).length > 0);
  return new Set(decorated.map((member) => accessorOf(member, walk.input.code)));
}

/** The two accessors of a pair have it in common. */
function accessorOf({ static: isStatic, key, computed }: MethodDefinition, code: string): string {
  return `${isStatic ? 'static ' : ''}${keyName(key, computed, code)}`;
}

/** Fields and the like of a class, which a compiler may set in the constructor: {@link Place.fields}. */
function fieldsOf(node: Class): Place['fields'] {
  const kinds = node.body.body.map((member) => fieldKind(member));
  return kinds.find((kind) => kind === 'public') ?? kinds.find((kind) => kind !== undefined);
}

function fieldKind(member: Class['body']['body'][number]): Place['fields'] {
  switch (member.type) {
    case 'PropertyDefinition':
      if (member.static) return undefined;
      return member.value && member.key.type !== 'PrivateIdentifier' ? 'public' : 'other';
    case 'AccessorProperty':
      return member.static ? undefined : 'other';
    case 'MethodDefinition':
      if (
        member.kind === 'constructor' &&
        member.value.params.some((parameter) => parameter.type === 'TSParameterProperty')
      )
        return 'public';
      return member.decorators.length > 0 || member.key.type === 'PrivateIdentifier' ? 'other' : undefined;
    default:
      return undefined;
  }
}

/** A field is a site if it holds a function; else a decorator on it runs, or is told where it can find none. */
function visitField(walk: Walk, value: Node | null, place: Place): void {
  const type = value && unwrap(value).type;
  const isFunction = type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
  if (value) {
    const { name } = place;
    walk.inScope(new Scope(walk.scope, undefined, true), () =>
      walk.visit(value, isFunction ? place : { name, starts: [] }),
    );
  }
  if (isFunction) return;
  walk.reportDecorators(place.decorators);
  const { code, options, report } = walk.input;
  if (!options.enabled) walk.removeDecorators(place.decorators, true);
  else if (!value || type === 'Literal') {
    for (const { start, end } of place.decorators ?? []) report('TKA101', start, [code.slice(start, end)]);
  }
}

function readDecorators(walk: Walk, decorators: readonly Decorator[]): DecoratorMark[] {
  if (walk.bindings.decorators.size + walk.bindings.namespaces.size === 0) return [];
  return decorators.flatMap((decorator) => readDecorator(decorator, walk.bindings) ?? []);
}

/** Offset of the token behind the last decorator: a mark may stand there too. */
function behindDecorators(decorators: readonly Decorator[], code: string): number[] {
  const last = decorators.at(-1);
  return last ? [skipComments(code, last.end)] : [];
}
