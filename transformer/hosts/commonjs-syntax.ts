import { compileFunction } from 'node:vm';

/** What Node hands to each CommonJS module: one that declares such a name at its top is an ES module to it. */
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Without one of these words, or a declaration of such a name, a text is nothing else: most need not be compiled to know. */
const MAY_BE_MODULE = new RegExp(
  String.raw`\b(?:import|export|await)\b|\b(?:const|let|class)\s[\s{[\w$,:]*\b(?:${PARAMETERS.join('|')})\b`,
);

/** Whether V8 compiles the text as CommonJS, which is what Node goes by where no name and no `type` tells. */
export function isCommonJs(code: string): boolean {
  if (!MAY_BE_MODULE.test(code)) return true;
  try {
    compileFunction(code.replace(/^#!.*/, ''), PARAMETERS);
    return true;
  } catch {
    return false;
  }
}
