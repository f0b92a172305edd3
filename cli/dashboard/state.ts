import { SORT_KEYS, type SortKey } from '../profile/functions.ts';

/** What the user has chosen. */
export interface DashboardState {
  readonly sort: SortKey;
  /** Empty for all functions. */
  readonly filter: string;
  /** Whether keys go into the filter. */
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  readonly showsDetail: boolean;
  /** The user wants to leave. */
  readonly isLeaving: boolean;
  /** How often the journal was asked for out of turn. */
  readonly refreshes: number;
  /** Reported name of the chosen function; the first row where it is not there. */
  readonly chosen?: string;
}

/** What a key asks for. */
export type Action =
  | { readonly type: 'sort'; readonly by: 1 | -1 }
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'type'; readonly text: string }
  | { readonly type: 'erase' | 'filter' | 'accept' | 'clear' | 'pause' | 'detail' | 'refresh' | 'quit' };

export function initialState(sort: SortKey, filter: string): DashboardState {
  return {
    sort,
    filter,
    isTyping: false,
    isPaused: false,
    showsDetail: true,
    isLeaving: false,
    refreshes: 0,
  };
}

/**
 * The state after an action.
 *
 * @param names of the functions that are shown, in order
 */
export function nextState(state: DashboardState, action: Action, names: readonly string[]): DashboardState {
  switch (action.type) {
    case 'sort': {
      const keys = SORT_KEYS as readonly SortKey[];
      const at = keys.indexOf(state.sort) + action.by;
      return { ...state, sort: keys[(at + keys.length) % keys.length] ?? state.sort };
    }
    case 'move': {
      const at = Math.max(0, names.indexOf(state.chosen ?? '')) + action.by;
      const chosen = names[Math.min(names.length - 1, Math.max(0, at))];
      return chosen === undefined ? state : { ...state, chosen };
    }
    case 'filter':
      return { ...state, isTyping: true };
    case 'type':
      return { ...state, filter: state.filter + action.text };
    case 'erase':
      return { ...state, filter: Array.from(state.filter).slice(0, -1).join('') };
    case 'accept':
      return { ...state, isTyping: false };
    case 'clear':
      return { ...state, isTyping: false, filter: '' };
    case 'pause':
      return { ...state, isPaused: !state.isPaused };
    case 'detail':
      return { ...state, showsDetail: !state.showsDetail };
    case 'refresh':
      return { ...state, refreshes: state.refreshes + 1 };
    case 'quit':
      return { ...state, isLeaving: true };
  }
}

/** What Ink tells of a key. */
export interface Key {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

const PAGE = 10;
/** Alone it ends the dashboard by Ink; among other keys it is ours. */
const CTRL_C = '\u0003';
/** With or without the escape character, which Ink takes off. */
const SEQUENCE_STARTS: ReadonlySet<string> = new Set(['[', '\u001b']);

/**
 * The state after what came from the keyboard at once: several keys where they were pressed fast, or pasted. Each means
 * what it means after the one before: `/q` looks for q.
 *
 * @param namesOf of the functions that are shown in a state, in order
 */
export function afterInput(
  state: DashboardState,
  input: string,
  key: Key,
  namesOf: (state: DashboardState) => readonly string[],
): DashboardState {
  // The rest of a sequence that is no known key begins like this: its letters are nobody's keys.
  const isSequence = input.length > 1 && SEQUENCE_STARTS.has(input.charAt(0)) && !state.isTyping;
  const parts = input === '' || isSequence ? [input] : Array.from(input);
  return parts.reduce((current, part) => {
    const action = actionOf(part, parts.length > 1 ? keyOf(part, key) : key, current.isTyping);
    return action === undefined ? current : nextState(current, action, namesOf(current));
  }, state);
}

/** The key that a single character of several is. */
function keyOf(character: string, key: Key): Key {
  return {
    ...key,
    return: character === '\r' || character === '\n',
    backspace: character === '\u007f' || character === '\b',
    ctrl: character === CTRL_C,
  };
}

/** What a key means; undefined where nothing. */
export function actionOf(input: string, key: Key, isTyping: boolean): Action | undefined {
  if (input === CTRL_C) return { type: 'quit' };
  if (key.upArrow) return { type: 'move', by: -1 };
  if (key.downArrow) return { type: 'move', by: 1 };
  if (key.pageUp) return { type: 'move', by: -PAGE };
  if (key.pageDown) return { type: 'move', by: PAGE };
  if (key.escape) return { type: 'clear' };
  if (isTyping) return typingAction(input, key);
  if (key.return) return { type: 'detail' };
  switch (input) {
    case 'k':
      return { type: 'move', by: -1 };
    case 'j':
      return { type: 'move', by: 1 };
    case 's':
      return { type: 'sort', by: 1 };
    case 'S':
      return { type: 'sort', by: -1 };
    case '/':
      return { type: 'filter' };
    case 'p':
    case ' ':
      return { type: 'pause' };
    case 'd':
      return { type: 'detail' };
    case 'r':
      return { type: 'refresh' };
    case 'q':
      return { type: 'quit' };
    default:
      return undefined;
  }
}

function typingAction(input: string, key: Key): Action | undefined {
  if (key.return) return { type: 'accept' };
  if (key.backspace || key.delete) return { type: 'erase' };
  // Pasted text may hold anything; a filter is a line of printable characters.
  const text = input.replaceAll(/\p{Cc}/gu, '');
  return text === '' || key.ctrl || key.meta ? undefined : { type: 'type', text };
}
