import type * as TS from 'typescript';

/**
 * A declaration without some of its decorators; other nodes as they are. Where the compiler tells the program about the
 * types of what is decorated (`emitDecoratorMetadata`), a decorator that does nothing stays in place of the last ones:
 * containers know by these types what to make an object with.
 */
export function withoutDecorators(
  ts: typeof TS,
  { factory, getCompilerOptions }: Pick<TS.TransformationContext, 'factory' | 'getCompilerOptions'>,
  node: TS.Node,
  isRemoved: (decorator: TS.Decorator) => boolean,
): TS.Node {
  if (!ts.canHaveDecorators(node) || !node.modifiers) return node;
  const left = node.modifiers.filter((modifier) => !ts.isDecorator(modifier) || !isRemoved(modifier));
  if (left.length === node.modifiers.length) return node;
  const { emitDecoratorMetadata, experimentalDecorators } = getCompilerOptions();
  const areTypesTold = emitDecoratorMetadata === true && experimentalDecorators === true;
  const modifiers =
    areTypesTold && !left.some((modifier) => ts.isDecorator(modifier)) ? [idle(factory), ...left] : left;
  if (ts.isMethodDeclaration(node)) {
    const { asteriskToken, name, questionToken, typeParameters, parameters, type, body } = node;
    return factory.updateMethodDeclaration(
      node,
      modifiers,
      asteriskToken,
      name,
      questionToken,
      typeParameters,
      parameters,
      type,
      body,
    );
  }
  if (ts.isGetAccessorDeclaration(node)) {
    return factory.updateGetAccessorDeclaration(
      node,
      modifiers,
      node.name,
      node.parameters,
      node.type,
      node.body,
    );
  }
  if (ts.isSetAccessorDeclaration(node)) {
    return factory.updateSetAccessorDeclaration(node, modifiers, node.name, node.parameters, node.body);
  }
  if (ts.isPropertyDeclaration(node)) {
    const token = node.questionToken ?? node.exclamationToken;
    return factory.updatePropertyDeclaration(node, modifiers, node.name, token, node.type, node.initializer);
  }
  if (!ts.isClassLike(node)) return node;
  const { name, typeParameters, heritageClauses, members } = node;
  const bare = ts.isClassDeclaration(node)
    ? factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members)
    : factory.updateClassExpression(node, modifiers, name, typeParameters, heritageClauses, members);
  // Legacy decorators are lowered by what the new node has.
  return experimentalDecorators === true ? bare : ts.setOriginalNode(bare, undecorated(ts, node, isRemoved));
}

/**
 * A class of the source as it were without some of its decorators. Where TypeScript lowers static fields it asks the
 * original whether the class was decorated, and leaves `this` and `super` in them to its transform of decorators, which
 * is not run then. All else, the checker's notes on it too, is the original's own.
 */
function undecorated(
  ts: typeof TS,
  node: TS.ClassLikeDeclaration,
  isRemoved: (decorator: TS.Decorator) => boolean,
): TS.Node {
  const original = ts.getOriginalNode(node) as TS.ClassLikeDeclaration & { id?: number };
  const left = original.modifiers?.filter((each) => !ts.isDecorator(each) || !isRemoved(each));
  return Object.create(original, {
    modifiers: { value: left },
    modifierFlagsCache: { value: 0, writable: true },
    id: {
      get: () => original.id,
      set: (id: number) => {
        original.id = id;
      },
    },
  }) as TS.Node;
}

/** `@(() => {})` */
function idle(factory: TS.NodeFactory): TS.Decorator {
  const nothing = factory.createArrowFunction(
    undefined,
    undefined,
    [],
    undefined,
    undefined,
    factory.createBlock([]),
  );
  return factory.createDecorator(factory.createParenthesizedExpression(nothing));
}
