import { mergeAggregates, type Noise } from '../../runtime/report/aggregates.ts';
import { numbersOf } from '../../runtime/journal/numbers.ts';
import {
  addSpreadOfOutermost,
  addSpreadOfTotal,
  tellMeanByTotal,
} from '../../runtime/journal/total-estimates.ts';
import { SCALE } from '../../runtime/format/buckets.ts';
import {
  COLUMNS,
  LAST_ERROR_AT,
  MAX,
  MIN,
  OLDEST,
  SUM_BITS,
  TIMED,
  TOTAL,
  ZEROES,
} from '../../runtime/format/layout.ts';
import type { HistogramRecord, JournalSite, SiteAggregate } from '../../runtime/format/record.ts';
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import { addMoments, NO_TREND } from '../../runtime/tally/trend.ts';
import { Window } from '../journal/window.ts';
import type { RowSums } from '../journal/rows.ts';
import type { Line, Timelines } from './timeline.ts';
import { type Moments, momentsOfTrend, momentsOverRuns, noMoments, trendFromMoments } from './run-trend.ts';

/** A histogram as plain data, empty buckets at both ends left off. */
export function histogramOf(buckets: Window, zeroCount: number, scale: number = SCALE): HistogramRecord {
  const { counts } = buckets;
  let start = 0;
  let end = counts.length;
  while (start < end && !((counts[start] as number) > 0)) start++;
  while (end > start && !((counts[end - 1] as number) > 0)) end--;
  const offset = start === end ? 0 : buckets.offset + start;
  // One by one: `Array.from` goes by an iterator, which takes milliseconds in a program that has just begun.
  const kept: number[] = [];
  for (let i = start; i < end; i++) kept.push(Math.max(0, counts[i] as number));
  return { scale, zeroCount, offset, counts: kept };
}

/**
 * One function over all writers: what they say is added to sums that are there already, so that memory and time do not
 * depend on how many have said it before.
 */
export class FunctionFold {
  site: JournalSite;
  /** Epoch milliseconds of the start of the writer that `site` is from: the newest source tells the place. */
  private siteAt: number;
  private readonly columns = new Float64Array(COLUMNS);
  /** Of the histogram's full scale; writers' buckets are added right here. */
  readonly buckets: Window = new Window();
  private readonly hours = new Map<number /* hour since the epoch */, number>();
  /** The hour that most writers name, and its calls. */
  private hour = -1;
  private callsInHour = 0;
  private line: Line | undefined;
  private lastError: string | undefined;
  /** What version 1 says. */
  private aggregate: SiteAggregate | undefined;
  private trend: Moments = noMoments();
  /** Timed calls of writers that tell how fine their clocks were, and these noises of each of them. */
  private heard = 0;
  private noiseNs = 0;
  private avgNoiseNs = 0;
  private readonly runs: Moments[] = [];
  /** Milliseconds that the threads were there which have called it. */
  aliveMs = 0;
  /** Variance of the totals that bursts tell. */
  private toldSpread = 0;
  /** What the calls that were drawn tell of the total. */
  private drawnNs = 0;

  constructor(site: JournalSite, siteAt: number) {
    this.site = site;
    this.siteAt = siteAt;
  }

  /** Its line of the only time lines that it is asked for. */
  lineIn(timelines: Timelines): Line {
    return (this.line ??= timelines.lineOf(this.site.name));
  }

  /** Another writer knows the function too. */
  know(site: JournalSite, siteAt: number): void {
    if (siteAt < this.siteAt) return;
    this.site = site;
    this.siteAt = siteAt;
  }

  /**
   * Adds the sums of one writer, the buckets apart.
   *
   * @param aliveMs how long it was there
   */
  addSums(
    { columns, bits, error, hasTrend, trend }: RowSums,
    noise: Noise | undefined,
    aliveMs: number,
  ): void {
    const own = this.columns;
    this.aliveMs += aliveMs;
    if (noise) this.addNoise(noise, columns[TIMED] as number);
    if ((columns[TIMED] as number) > 0) {
      const min = columns[MIN] as number;
      if (own[TIMED] === 0 || min < (own[MIN] as number)) own[MIN] = min;
      if ((columns[MAX] as number) > (own[MAX] as number)) own[MAX] = columns[MAX] as number;
    }
    this.drawnNs += columns[TOTAL] as number;
    addSpreadOfOutermost(columns, own, this.toldSpread);
    for (let rest = bits & SUM_BITS; rest !== 0; rest &= rest - 1) {
      const i = 31 - Math.clz32(rest & -rest);
      own[i] = (own[i] as number) + (columns[i] as number);
    }
    this.toldSpread += tellMeanByTotal(columns, own);
    const oldest = columns[OLDEST] as number;
    if (oldest > 0 && (own[OLDEST] === 0 || oldest < (own[OLDEST] as number))) own[OLDEST] = oldest;
    if (error !== undefined) this.addError(error, columns[LAST_ERROR_AT] as number);
    if (hasTrend) addMoments(this.trend, trend);
  }

  private addNoise({ noiseNs, avgNoiseNs = noiseNs }: Noise, timed: number): void {
    this.heard += timed;
    this.noiseNs += timed * noiseNs;
    this.avgNoiseNs += timed * avgNoiseNs;
  }

  /** Each writer's, as much as it has timed: one with a clock that goes by milliseconds may have made one call of thousands. */
  get noise(): Noise | undefined {
    const { heard, noiseNs, avgNoiseNs } = this;
    return heard > 0 ? { noiseNs: noiseNs / heard, avgNoiseNs: avgNoiseNs / heard } : undefined;
  }

  private addError(error: string, at: number): void {
    const isLater = at === this.lastErrorAt ? error > (this.lastError ?? '') : at > this.lastErrorAt;
    if (this.lastError === undefined || isLater) this.lastError = error;
    if (at > this.lastErrorAt) this.columns[LAST_ERROR_AT] = at;
  }

  private get lastErrorAt(): number {
    return this.columns[LAST_ERROR_AT] as number;
  }

  addHour(hour: number, calls: number): void {
    if (hour !== this.hour) {
      this.hours.set(this.hour, this.callsInHour);
      this.hour = hour;
      this.callsInHour = this.hours.get(hour) ?? 0;
    }
    this.callsInHour += calls;
  }

  /** Adds what a writer of version 1 says. */
  addAggregate(aggregate: SiteAggregate, aliveMs: number): void {
    this.aliveMs += aliveMs;
    addMoments(this.trend, momentsOfTrend(aggregate.trend));
    const added = { ...aggregate, trend: NO_TREND };
    this.aggregate = this.aggregate === undefined ? added : mergeAggregates(this.aggregate, added);
  }

  /** What comes now is from a later run. */
  endRun(): void {
    const { trend } = this;
    if ((trend[0] as number) + (trend[1] as number) === 0) return;
    this.runs.push(trend);
    this.trend = noMoments();
  }

  /** Everything that was added, all runs ended. */
  result(): SiteAggregate {
    const { buckets, lastError, aggregate, site } = this;
    const columns = this.columns.slice();
    addSpreadOfTotal(columns, this.toldSpread);
    // No longer than the threads were there, as all else is.
    const drawnNs = Math.min(this.drawnNs, (this.aliveMs || Infinity) * NS_PER_MS);
    const hours = new Map(this.hours).set(this.hour, this.callsInHour);
    const own: SiteAggregate = {
      ...numbersOf(columns, site.kind),
      ...(this.drawnNs === columns[TOTAL] ? {} : { histogramNs: drawnNs }),
      id: 0,
      histogram: histogramOf(buckets, columns[ZEROES] ?? 0),
      ...(lastError === undefined ? {} : { lastError, lastErrorAt: this.lastErrorAt }),
      hours: Array.from(hours)
        .filter(([hour, calls]) => hour >= 0 && calls !== 0)
        .toSorted(([a], [b]) => a - b),
      trend: NO_TREND,
    };
    const all = aggregate === undefined ? own : mergeAggregates(own, aggregate);
    return { ...all, trend: trendFromMoments(momentsOverRuns(this.runs)) };
  }
}
