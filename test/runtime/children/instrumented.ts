/** What emitted code does, for children that are no output of the transform. */
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import type { Probe } from '../../../runtime/on-off.ts';
import type { Registry, SiteTuple } from '../../../runtime/registry.ts';

getPerformanceMonitor();
const registry = (globalThis as unknown as Record<symbol, Registry>)[Symbol.for('tka-perf')] as Registry;

/** The sites of a file. */
export function sitesOf(file: string, sites: readonly SiteTuple[]): Probe[] {
  return registry.unit(1, file, sites);
}

/** A synchronous call. */
export function measured<T>(site: Probe | undefined, body: () => T): T {
  const entered = site?.enter();
  let result: unknown = entered;
  try {
    result = body();
  } finally {
    entered?.exit(result);
  }
  return result as T;
}

/** An async call that begins and never ends. */
export function begun(site: Probe | undefined): void {
  site?.start();
}
