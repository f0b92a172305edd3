import { defineConfig, type UserConfig } from 'tsdown';

const shared = {
  dts: true,
  target: 'node20.19',
  platform: 'node' as const,
  fixedExtension: false,
  hash: false,
  unbundle: false,
};

const config: UserConfig[] = defineConfig([
  // The runtime is loaded by the user's program: no dependency, and CommonJS too, because Jest cannot require ESM.
  {
    ...shared,
    entry: { 'runtime/index': 'runtime/index.ts' },
    format: ['esm', 'cjs'],
    platform: 'neutral',
    clean: ['dist'],
  },
  {
    ...shared,
    entry: {
      'transformer/transform': 'transformer/index.ts',
      'transformer/typescript': 'transformer/typescript.ts',
      'transformer/babel': 'transformer/babel.ts',
      'cli/index': 'cli/index.ts',
    },
    format: ['esm'],
    clean: false,
  },
]);

export default config;
