/** Whether the running Node is this version or newer. */
function isNode(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Babel 8's engines: `^22.18.0 || >=24.11.0`. */
export const RUNS_BABEL_8: boolean = isNode(22, 18) && !(isNode(23, 0) && !isNode(24, 11));

/** ts-patch 4's engines: `>=22.15.0`. */
export const RUNS_TS_PATCH_4: boolean = isNode(22, 15);
