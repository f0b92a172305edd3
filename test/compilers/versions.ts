/** Whether the running Node is this version or newer. */
function isNode(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/**
 * Why what runs on every Node is left out: it takes minutes, and has been run on the machine's own Node just before, as
 * `.ci/run` says by `TKA_PERF_TEST_BESIDE=1`.
 */
export const RUN_BEFORE: string | undefined = process.env['TKA_PERF_TEST_BESIDE']
  ? 'it has run on another Node'
  : undefined;

/** Babel 8's engines: `^22.18.0 || >=24.11.0`. */
export const RUNS_BABEL_8: boolean = isNode(22, 18) && !(isNode(23, 0) && !isNode(24, 11));

/** ts-patch 4's engines: `>=22.15.0`. */
export const RUNS_TS_PATCH_4: boolean = isNode(22, 15);
