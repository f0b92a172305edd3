/**
 * A package that is loaded when it is first asked for: few commands need it, and starting is what users wait for.
 * Synchronous, also for packages of ES modules (every Node that we run on has `require` for these).
 */
export function lazy<Package>(name: string): () => Package {
  let loaded: Package | undefined;
  return () => (loaded ??= load<Package>(name));
}

function load<Package>(name: string): Package {
  // Not imported above: that would load it at every start.
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(import.meta.url)(name) as Package;
}
