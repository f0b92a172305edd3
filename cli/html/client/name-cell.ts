import { graphemesOf } from '../../text/width.ts';
import { element } from './dom.ts';

/** The narrowest column has room for so many characters: shorter names are always whole. */
const ALWAYS_WHOLE = 20;
/** Characters at the end that give way last: a qualified name says the most there. */
const LONGEST_TAIL = 36;

/** A function's name as a button; what there is no room for is left off in the middle, by the style of both parts. */
export function nameButton(name: string): HTMLButtonElement {
  const characters = graphemesOf(name);
  if (characters.length <= ALWAYS_WHOLE)
    return element('button', { type: 'button' }, element('bdi', {}, name));
  const at = characters.length - Math.min(LONGEST_TAIL, Math.floor((2 * characters.length) / 3));
  const part = (of: string, from: number, to?: number): HTMLElement =>
    element('span', { class: of }, characters.slice(from, to).join(''));
  // The two parts would be read as two words.
  const attributes = { type: 'button', title: name, 'aria-label': name };
  return element('button', attributes, element('bdi', {}, part('begin', 0, at), part('end', at)));
}
