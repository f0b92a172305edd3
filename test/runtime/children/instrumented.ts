/** What emitted code does, for children that are no output of the transform. */
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import type { Registry, SiteTuple, Unit } from '../../../runtime/registry.ts';

getPerformanceMonitor();
const registry = (globalThis as unknown as Record<symbol, Registry>)[Symbol.for('tka-perf')] as Registry;

/** A site as emitted code knows it. */
export interface EmittedSite {
  readonly unit: Unit;
  readonly offset: number;
}

/** The sites of a file. */
export function sitesOf(file: string, sites: readonly SiteTuple[]): EmittedSite[] {
  const unit = registry.unit(2, file, sites);
  return sites.map((_, offset) => ({ unit, offset }));
}

/** A synchronous call. */
export function measured<T>(site: EmittedSite | undefined, body: () => T): T {
  let token = site?.unit.enter(site.offset, site.unit.first) ?? 0;
  let result: T | undefined;
  try {
    result = body();
    token = ~token;
  } finally {
    site?.unit.exit(token, result);
  }
  return result;
}

/** An async call that begins and never ends. */
export function begun(site: EmittedSite | undefined): void {
  site?.unit.probes[site.offset]?.start();
}
