import { mergeAggregates } from '../../runtime/report/aggregates.ts';
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import { growthOf } from '../../runtime/report/growth.ts';
import { pruned } from '../../runtime/platform/prune.ts';
import type { JournalSite, SiteAggregate, SiteKind } from '../../runtime/format/record.ts';
import { usageError } from '../text/errors.ts';
import { aliveMsOf, type FunctionProfile, type Profile } from './profile.ts';

/** What `--group` takes. */
export type GroupKey = 'file' | 'class';

/** The value of `--group`. @throws UserError on another word */
export function parseGroupKey(word: string): GroupKey {
  if (word === 'file' || word === 'class') return word;
  throw usageError(`cannot group by "${word}"; write "file" or "class"`);
}

const MEMBERS: ReadonlySet<SiteKind> = new Set(['method', 'getter', 'setter', 'constructor']);

/**
 * The profile with one row a file, or one a class; functions outside of classes are their module's. Self times add up;
 * a call within another one of its group is in the group's total twice.
 */
export function groupProfile(profile: Profile, by: GroupKey): Profile {
  const aliveMs = aliveMsOf(profile.writers);
  const mostNs = (aliveMs ?? Infinity) * NS_PER_MS;
  const groups = new Map<string, FunctionProfile>();
  for (const { site, aggregate: own } of profile.functions.values()) {
    const aggregate = representingAll(own);
    const name = by === 'file' ? site.file || NO_FILE : classOf(site);
    const known = groups.get(name);
    groups.set(name, {
      site: { ...site, name, kind: 'operation', line: 0, column: 0 },
      aggregate: known === undefined ? aggregate : mergeAggregates(known.aggregate, aggregate),
    });
  }
  // Each is no estimate that cannot be, and their sum may be one.
  for (const [name, group] of groups) {
    const { aggregate } = group;
    const { selfNs = 0, timed, calls } = aggregate;
    if (selfNs > mostNs && timed < calls)
      groups.set(name, { ...group, aggregate: { ...aggregate, selfNs: mostNs } });
  }
  return { ...profile, functions: groups };
}

/** Sums of all calls: what is not timed and not represented yet is like the others of its function, not of its group. */
function representingAll(aggregate: SiteAggregate): SiteAggregate {
  const { calls, timed, represented = timed, spread, selfSpread, outermostSpread } = aggregate;
  if (represented === 0 || represented === calls) return aggregate;
  const { all: share, estimated } = growthOf(aggregate);
  const all = (valueNs: number | undefined): number | undefined => valueNs && valueNs * share;
  return pruned<SiteAggregate>({
    ...aggregate,
    represented: calls,
    totalNs: aggregate.totalNs * share,
    rawTotalNs: aggregate.rawTotalNs * share,
    outermostNs: all(aggregate.outermostNs),
    selfNs: all(aggregate.selfNs),
    activeNs: all(aggregate.activeNs),
    waitNs: all(aggregate.waitNs),
    spread: spread && spread * estimated ** 2,
    selfSpread: selfSpread && selfSpread * share ** 2,
    outermostSpread: outermostSpread && outermostSpread * share ** 2,
  });
}

const NO_FILE = '(operations named at run time)';

/** Classes that a name begins with; functions within their members are theirs too. */
const CLASSES = /^\p{Lu}[\w$]*(?:\.\p{Lu}[\w$]*)*(?=\.)/u;

function classOf({ name, file, kind }: JournalSite): string {
  const module = file.replace(/\.[^./]+$/, '');
  const isOfModule = module !== '' && name.startsWith(`${module}.`);
  const qualified = isOfModule ? name.slice(module.length + 1) : name;
  const prefix = isOfModule ? `${module}.` : '';
  const [classes] = CLASSES.exec(qualified) ?? [];
  if (classes !== undefined) return prefix + classes;
  const lastDot = qualified.lastIndexOf('.');
  if (lastDot > 0 && MEMBERS.has(kind)) return prefix + qualified.slice(0, lastDot);
  return module || NO_FILE;
}
