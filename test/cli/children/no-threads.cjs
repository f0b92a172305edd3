// Preloaded: a program that may start no threads.
require('node:worker_threads').Worker = function Worker() {
  throw new Error('no threads here');
};
