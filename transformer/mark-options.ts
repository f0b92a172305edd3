import type { DiagnosticCode } from './diagnostics.ts';
import { nearest } from './nearest.ts';

/** Options of one mark, whichever way it was written. */
export interface MarkOptions {
  /** Milliseconds: faster calls are not recorded. */
  readonly threshold?: number;
  /** Hash the arguments of each call. */
  readonly args?: boolean;
  /** Reported name instead of `<module>.<qualified name>`. */
  readonly name?: string;
  /** `true` samples memory at each opportunity, `false` never. */
  readonly memory?: boolean;
  /** Never sampled: every call is timed. */
  readonly exact?: boolean;
}

/** A mistake inside a mark, to be placed by the caller. */
export interface OptionProblem {
  readonly code: DiagnosticCode;
  readonly args: readonly string[];
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3 };
const COMMENT_KEYS = ['threshold', 'args', 'name', 'memory', 'no-memory', 'exact'];

/** `key`, `key=value`, `key="a b"` or `key='a b'`; a quote that is not closed goes on to the end. */
const WORDS = /([^\s=]+)(?:=(?:"([^"]*)"(?!\S)|'([^']*)'(?!\S)|(["'].*)|(\S*)))?/g;

/**
 * Reads the options behind `@monitor` in a comment: `threshold=10ms args name="a b" -- free text`.
 * A bad option is reported and passed over; the others count.
 */
export function parseCommentOptions(text: string): { options: MarkOptions; problems: OptionProblem[] } {
  const options: { -readonly [K in keyof MarkOptions]: MarkOptions[K] } = {};
  const problems: OptionProblem[] = [];
  const bad = (key: string, value: string, expected: string): void => {
    problems.push({ code: 'TKA103', args: [value, key, '@monitor', expected] });
  };
  const flag = (key: string, value: string | undefined): boolean => {
    if (value === undefined) return true;
    bad(key, value, `${key} alone, without a value`);
    return false;
  };
  const words = new Map<string /* option */, string>();
  for (const [word, key = '', double, single, unclosed, bare] of text.matchAll(WORDS)) {
    if (word === '--') break;
    if (unclosed !== undefined) {
      bad(key, unclosed, quotesFor(unclosed));
      continue;
    }
    const value = double ?? single ?? bare;
    const told = problems.length;
    switch (key) {
      case 'threshold': {
        const threshold = parseDuration(value ?? '');
        if (threshold === undefined) bad(key, value ?? '', 'a duration such as threshold=10ms, 500us or 1s');
        else options.threshold = threshold;
        break;
      }
      case 'name':
        if (value) options.name = value;
        else bad(key, value ?? '', 'name="checkout.total"');
        break;
      case 'args':
        if (flag(key, value)) options.args = true;
        break;
      case 'exact':
        if (flag(key, value)) options.exact = true;
        break;
      case 'memory':
        if (flag(key, value)) options.memory = true;
        break;
      case 'no-memory':
        if (flag(key, value)) options.memory = false;
        break;
      default:
        problems.push(unknownOption(key, '@monitor', COMMENT_KEYS));
    }
    if (problems.length > told) continue;
    const option = key.replace(/^no-/, '');
    const before = words.get(option) ?? word;
    if (before !== word) problems.push({ code: 'TKA109', args: [before, word, '@monitor'] });
    words.set(option, word);
  }
  return { options, problems };
}

/** What to write instead of a value that begins with a quote and does not end with the next one of its kind. */
function quotesFor(value: string): string {
  const quote = value.charAt(0);
  const other = quote === '"' ? "'" : '"';
  const text = value.slice(1);
  if (!text.includes(`\\${quote}`) && !text.trimEnd().endsWith(quote))
    return 'the same quote before and behind it';
  return text.includes(other)
    ? 'quotes of one kind in it only'
    : `the other quote around it, ${other}…${other}`;
}

/** A duration in milliseconds: `10ms`, `500us`, `1.5s`, or a bare number of milliseconds. */
function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s)?$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? 1);
}

/** Kind of value that each decorator option takes; the seed's names stand beside ours. */
const DECORATOR_KEYS: Readonly<
  Record<string, readonly [keyof MarkOptions, 'number' | 'boolean' | 'string']>
> = {
  threshold: ['threshold', 'number'],
  thresholdMs: ['threshold', 'number'],
  args: ['args', 'boolean'],
  includeArgs: ['args', 'boolean'],
  name: ['name', 'string'],
  memory: ['memory', 'boolean'],
  exact: ['exact', 'boolean'],
};

const EXAMPLES = { number: 'a number of milliseconds', boolean: 'true or false', string: 'a name' };

/** Reads the literal object of `@monitor({ … })`, given as its keys and values. */
export function readDecoratorOptions(
  entries: readonly (readonly [key: string, value: unknown])[],
  decorator: string,
): { options: MarkOptions; problems: OptionProblem[] } {
  const options: Record<string, unknown> = {};
  const problems: OptionProblem[] = [];
  for (const [key, value] of entries) {
    const known = Object.hasOwn(DECORATOR_KEYS, key) ? DECORATOR_KEYS[key] : undefined;
    if (!known) {
      problems.push(unknownOption(key, decorator, Object.keys(DECORATOR_KEYS)));
    } else if (typeof value !== known[1] || value === '' || (typeof value === 'number' && !(value >= 0))) {
      problems.push({ code: 'TKA103', args: [String(value), key, decorator, EXAMPLES[known[1]]] });
    } else {
      options[known[0]] = value;
    }
  }
  return { options, problems };
}

function unknownOption(key: string, mark: string, known: readonly string[]): OptionProblem {
  const hint = nearest(key, known);
  return {
    code: 'TKA102',
    args: [key, mark, hint ? `; did you mean "${hint}"?` : `; known are ${known.join(', ')}`],
  };
}
