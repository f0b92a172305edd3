import tkaPerf from 'tka-perf/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [tkaPerf()],
  // A program for Node; for the browser leave out this part.
  build: { ssr: 'src/main.ts', target: 'node20' },
});
