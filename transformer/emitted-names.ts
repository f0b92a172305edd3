import { createHash } from 'node:crypto';

/** Names that the emitted code adds to a file; none of them occurs in the file's own text. */
export interface EmittedNames {
  /** The file's function that begins a call of the site with a number. */
  readonly enter: string;
  /** The file's function that ends it. */
  readonly exit: string;
  /** The variable that keeps the number of the first site. */
  readonly first: string;
  /** The file's function that gives its sites. */
  readonly sites: string;
  /** The variable that keeps what the runtime has given the file. */
  readonly unit: string;
  /** The runtime's module, where the import has to be seen to be used. */
  readonly module: string;
  /** The call under way: of a synchronous one its token. */
  readonly call: string;
  /** The value to be returned. Four characters, so that `{$ret=` is as long as `return` and columns stay. */
  readonly result: string;
  /** What tells the end of a block's disposal. */
  readonly disposal: string;
  /** Number of the jump that leaves a block. */
  readonly jump: string;
  /** Label around the body. */
  readonly label: string;
  /** The error in our own catch clauses. */
  readonly error: string;
}

/** How the names begin. */
export type Sigil = '$' | '_';

/**
 * Chooses names that the text does not contain.
 * @param globalFile where scripts share one global scope, the file whose hash keeps the names of its functions apart.
 */
export function chooseNames(code: string, globalFile: string | undefined, sigil: Sigil = '$'): EmittedNames {
  const suffix =
    globalFile === undefined ? '' : `_${createHash('sha256').update(globalFile).digest('hex').slice(0, 8)}`;
  for (let attempt = 0; ; attempt++) {
    const names: EmittedNames =
      attempt === 0
        ? {
            enter: `${sigil}tk${suffix}`,
            exit: `${sigil}tkx${suffix}`,
            first: `${sigil}tkn${suffix}`,
            sites: `${sigil}tks${suffix}`,
            unit: `${sigil}tkc${suffix}`,
            module: `${sigil}tkm`,
            call: `${sigil}tka`,
            result: `${sigil}ret`,
            disposal: `${sigil}tkd`,
            jump: `${sigil}go`,
            label: `${sigil}tkb`,
            error: `${sigil}err`,
          }
        : {
            enter: `${sigil}tk${attempt}${suffix}`,
            exit: `${sigil}tkx${attempt}${suffix}`,
            first: `${sigil}tkn${attempt}${suffix}`,
            sites: `${sigil}tks${attempt}${suffix}`,
            unit: `${sigil}tkc${attempt}${suffix}`,
            module: `${sigil}tkm${attempt}_`,
            call: `${sigil}tka${attempt}_`,
            result: `${sigil}r${String(attempt).padStart(2, '_')}`,
            disposal: `${sigil}tkd${attempt}_`,
            jump: `${sigil}go${attempt}_`,
            label: `${sigil}tkb${attempt}_`,
            error: `${sigil}err${attempt}_`,
          };
    if (!Object.values(names).some((name) => code.includes(name))) return names;
  }
}
