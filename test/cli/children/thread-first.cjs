// Preloaded: no file is asked for before the thread has no room for more; in the end, how many were taken from it.
const threads = require('node:worker_threads');

if (threads.isMainThread) {
  let taken = 0;
  const { exchange } = Atomics;
  Atomics.exchange = (...args) => {
    const before = exchange(...args);
    if (before >= 3) taken++;
    return before;
  };
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(script, options) {
      // A loader of TypeScript waits for the main thread, which waits here: `READ_THREAD` is the same without one.
      const isSource = script.href.endsWith('.ts');
      super(isSource ? process.env.READ_THREAD : script, { ...options, execArgv: [] });
      const { slots } = options.workerData;
      const last = slots.length - 1;
      while (Atomics.load(slots, last) === 0) Atomics.wait(slots, last, 0, 1);
    }
  };
  process.on('exit', () => process.stderr.write(`taken: ${taken}\n`));
}
