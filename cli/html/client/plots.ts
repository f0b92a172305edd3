import uPlot from 'uplot';
import { formatCount, formatDuration, formatTime } from '../../text/format.ts';
import type { Timeline } from '../../profile/timeline.ts';
import { type Bars, BARS_PER_DOUBLING } from '../bars.ts';
import { AXIS_FONT, axisRoom, TICK_GAP, TICK_SIZE } from './axis-room.ts';
import { moments, wholeCounts } from './ticks.ts';

const HEIGHT = 240;
/** Bars where all values fall together, so that a bar is not as wide as the plot. */
const FEWEST_BARS = 12;

/** Bars from each place to the next one. */
const pathsOfBars = uPlot.paths.bars?.({ size: [0.9], align: 1 });
const BARS: Partial<uPlot.Series> = {
  points: { show: false },
  ...(pathsOfBars === undefined ? {} : { paths: pathsOfBars }),
};

/** The colours of the page, which are those of light or dark. */
function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function axis(more: uPlot.Axis): uPlot.Axis {
  const line = { stroke: color('line'), width: 1 };
  const ticks = { ...line, size: TICK_SIZE };
  return { stroke: color('dim'), font: AXIS_FONT, gap: TICK_GAP, grid: line, ticks, ...more };
}

function draw(
  target: HTMLElement,
  label: string,
  options: Omit<uPlot.Options, 'width' | 'height'>,
  data: uPlot.AlignedData,
): void {
  const box = document.createElement('div');
  box.setAttribute('role', 'img');
  box.setAttribute('aria-label', label);
  target.append(box);
  const plot = new uPlot({ ...options, width: box.clientWidth || 400, height: HEIGHT }, data, box);
  new ResizeObserver(() => {
    if (box.clientWidth > 0 && box.clientWidth !== plot.width)
      plot.setSize({ width: box.clientWidth, height: HEIGHT });
  }).observe(box);
}

/** Durations by how many calls took them, on a logarithmic scale. */
export function drawDistribution(target: HTMLElement, { first, counts, zeroCount }: Bars): void {
  if (counts.length === 0) return;
  const last = first + counts.length - 1;
  const pad = Math.max(1, Math.ceil((FEWEST_BARS - (last - first)) / 2));
  const places = Array.from({ length: last - first + 2 * pad + 1 }, (_, index) => first - pad + index);
  const durationAt = (bar: number): string => formatDuration(2 ** (bar / BARS_PER_DOUBLING) / 1e6).trim();
  const total = counts.reduce((sum, count) => sum + count, zeroCount);
  draw(
    target,
    `Latency distribution of ${formatCount(total)} calls, from ${durationAt(first)} to ${durationAt(last + 1)}`,
    {
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, most * 1.08] } },
      axes: [
        axis({
          values: (_, splits) => splits.map((bar) => (Number.isInteger(bar) ? durationAt(bar) : '')),
          space: 70,
        }),
        axis({ size: axisRoom, values: (_, splits) => wholeCounts(splits) }),
      ],
      series: [
        {
          label: 'from',
          value: (_, bar) => (bar === null ? '–' : `${durationAt(bar)} to ${durationAt(bar + 1)}`),
        },
        {
          label: 'calls',
          fill: color('bars'),
          stroke: color('bars'),
          ...BARS,
        },
      ],
    },
    [places, places.map((bar) => counts[bar - first] ?? 0)],
  );
}

/** Calls and their mean duration over the run. */
export function drawTimeline(target: HTMLElement, { startMs, stepMs, calls, avgMs }: Timeline): void {
  const total = calls.reduce((sum, count) => sum + count, 0);
  draw(
    target,
    `Calls over time: ${formatCount(total)} calls in ${formatDuration(stepMs * calls.length).trim()}, and their mean duration`,
    {
      ms: 1,
      scales: {
        calls: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] },
        avg: { range: (_, __, most) => [0, (most || 1) * 1.08] },
      },
      axes: [
        axis({ space: 90, values: (_, splits, __, ___, stepMs) => moments(splits, stepMs) }),
        axis({ scale: 'calls', size: axisRoom, values: (_, splits) => wholeCounts(splits) }),
        axis({
          scale: 'avg',
          side: 1,
          size: axisRoom,
          grid: { show: false },
          values: (_, splits) => splits.map((value) => formatDuration(value).trim()),
        }),
      ],
      series: [
        { label: 'at', value: (_, atMs) => (atMs === null ? '–' : formatTime(atMs)) },
        {
          label: 'calls',
          scale: 'calls',
          fill: color('bars'),
          stroke: color('bars'),
          ...BARS,
          value: (_, count) => (count === null ? '–' : formatCount(count)),
        },
        {
          label: 'avg',
          scale: 'avg',
          stroke: color('accent'),
          width: 2,
          spanGaps: true,
          value: (_, value) => (value === null ? '–' : formatDuration(value).trim()),
        },
      ],
    },
    [calls.map((_, step) => startMs + step * stepMs), [...calls], avgMs.map((value) => value ?? null)],
  );
}
