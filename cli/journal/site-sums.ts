import { BELOW_THRESHOLD, COLUMNS, ZEROES } from '../../runtime/format/layout.ts';
import type { JournalSite } from '../../runtime/format/record.ts';
import { callsOf, emptySums, type RowSums } from './rows.ts';

/** What one site did. */
interface Measured {
  readonly site: JournalSite;
  readonly sums: RowSums;
}

/** What several intervals add up to, by function: files name the same site each for itself. */
export class SiteSums {
  private readonly byName = new Map<string /* reported name */, Measured>();

  /** Adds columns and buckets. */
  add({ site, sums }: Measured): void {
    let known = this.byName.get(site.name);
    if (known === undefined) this.byName.set(site.name, (known = { site, sums: emptySums() }));
    const { columns, buckets } = known.sums;
    known.sums.bits |= sums.bits;
    for (let i = 0; i < COLUMNS; i++) columns[i] = (columns[i] as number) + (sums.columns[i] as number);
    buckets.addAll(sums.buckets);
  }

  /** Visits what these sums have beyond others, which takes the others off them. */
  visitBeyond(others: SiteSums, visit: (site: JournalSite, sums: RowSums) => void): void {
    for (const { site, sums } of this.byName.values()) {
      const other = others.byName.get(site.name);
      if (other !== undefined) takeOff(sums, other.sums);
      if (callsOf(sums.columns) > 0 || (sums.columns[BELOW_THRESHOLD] as number) > 0) visit(site, sums);
    }
  }
}

function takeOff({ columns, buckets }: RowSums, other: RowSums): void {
  for (let i = 0; i < COLUMNS; i++) columns[i] = (columns[i] as number) - (other.columns[i] as number);
  const { counts, offset } = other.buckets;
  for (let i = 0; i < counts.length; i++) buckets.add(offset + i, -(counts[i] as number));
  columns[ZEROES] = Math.max(0, columns[ZEROES] as number);
}
