// Prints as JSON what Vite makes of the component in the working directory, served and built: node react.mjs <with|without>
import { build, createServer } from 'vite';
import react from '@vitejs/plugin-react';
import tkaPerf from 'tka-perf/vite';
const plugins = [...(process.argv[2] === 'with' ? [tkaPerf()] : []), react()];
const config = { configFile: false, logLevel: 'warn', plugins };
const vite = await createServer({ ...config, server: { middlewareMode: true, ws: false } });
const served = (await vite.transformRequest('/src/App.tsx')).code;
await vite.close();
const [{ output }] = [
  await build({
    ...config,
    build: {
      write: false,
      minify: false,
      lib: { entry: 'src/App.tsx', formats: ['es'] },
      rolldownOptions: { external: /^react/ },
    },
  }),
].flat();
console.log(JSON.stringify({ served, built: output[0].code }));
