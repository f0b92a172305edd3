import { compileFunction } from 'node:vm';

/** What Node hands to each CommonJS module: one that declares such a name at its top is an ES module to it. */
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Without one of these words, or a declaration of such a name, a text is nothing else: most need not be compiled to know. */
const MODULE_WORD = /\b(?:import|export|await)\b/;
const DECLARING_WORD = /\b(?:let|const|class)\b/;
/** The name and what may end its place in a declaration. */
const DECLARED_NAME = new RegExp(
  String.raw`\b(?:${PARAMETERS.join('|')})\b\s*(?:=(?!=)|[,;}\]{]|/[*/]|extends\b|$)`,
  'm',
);

function mayBeModule(code: string): boolean {
  return MODULE_WORD.test(code) || (DECLARING_WORD.test(code) && DECLARED_NAME.test(code));
}

/** Whether V8 compiles the text as CommonJS, which is what Node goes by where no name and no `type` tells. */
export function isCommonJs(code: string): boolean {
  if (!mayBeModule(code)) return true;
  try {
    compileFunction(code.replace(/^#!.*/, ''), PARAMETERS);
    return true;
  } catch {
    return false;
  }
}
