import type uPlot from 'uplot';

/** Of the figures at the axes. */
export const AXIS_FONT = '12px system-ui, sans-serif';
/** Lengths of a tick, and of the gap between it and its figure, in CSS pixels. */
export const TICK_SIZE = 10;
export const TICK_GAP = 5;

/** The width of a vertical axis in CSS pixels: that of its widest figure, and of the tick beside it. */
export function axisRoom({ ctx }: uPlot, figures: readonly string[] | null): number {
  const before = ctx.font;
  ctx.font = AXIS_FONT;
  const widest = Math.max(0, ...(figures ?? []).map((figure) => ctx.measureText(figure).width));
  ctx.font = before;
  return TICK_SIZE + TICK_GAP + widest;
}
