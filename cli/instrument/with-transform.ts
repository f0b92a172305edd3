/**
 * Loads what needs the transform: that first, as Node's loader of ES modules finds it, which Yarn's Plug'n'Play extends.
 * What is loaded then and requires it gets the same one.
 */
export async function withTransform<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  await import('../../transformer/index.ts');
  return load();
}
