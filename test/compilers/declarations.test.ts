/** Our declarations as a user's compiler reads them, who has it check them too. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGE } from '../hosts/support.ts';
import { nodeWell, workspace, write } from './project.ts';

const USE = `import { getPerformanceMonitor, measure, monitor, PerformanceContext, performanceReport } from 'tka-perf';

export const rows: Promise<number> = measure('load', () => Promise.resolve(1));
export const report: string = performanceReport();
export const calls: number | undefined = getPerformanceMonitor().getFunctionStats('load')?.callCount;
export const context: PerformanceContext = new PerformanceContext('page');
export class Cart {
  @monitor
  total(): number {
    return 1;
  }
}
`;
const USE_TRANSFORM = `import { instrument } from 'tka-perf/transform';

export const code: string | undefined = instrument('', { file: 'a.ts' })?.code;
`;

test.each(['typescript50', 'typescript', 'typescript6', 'typescript7'])(
  '%s finds nothing wrong',
  (compiler) => {
    const root = join(workspace(`declarations-${compiler}`), 'project');
    write(root, {
      'package.json': { type: 'module' },
      'tsconfig.json': {
        compilerOptions: {
          module: 'NodeNext',
          moduleResolution: 'NodeNext',
          target: 'ES2022',
          lib: ['ES2022', ...(compiler === 'typescript50' ? [] : ['ESNext.Disposable', 'ESNext.Decorators'])],
          types: [],
          strict: true,
          noEmit: true,
          skipLibCheck: false,
        },
        files: ['use.ts', 'required.cts', 'transform.ts'],
      },
      'use.ts': USE,
      'required.cts': USE,
      'transform.ts': USE_TRANSFORM,
    });
    const tsc = join(PACKAGE, 'node_modules', compiler, 'bin/tsc');
    expect(nodeWell(root, [tsc, '-p', '.'])).toBe('');
  },
);
