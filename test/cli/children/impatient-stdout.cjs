// Preloaded: stdout takes 1,000 bytes at once, as a pipe does that is full and was made not to wait for its reader.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { writeSync } = fs;
let room = 1_000;
fs.writeSync = (descriptor, bytes, offset = 0, ...rest) => {
  if (descriptor !== 1) return writeSync(descriptor, bytes, offset, ...rest);
  if (room === 0)
    throw Object.assign(new Error('EAGAIN: resource temporarily unavailable'), {
      code: 'EAGAIN',
      syscall: 'write',
    });
  const written = writeSync(descriptor, bytes, offset, Math.min(room, bytes.length - offset));
  room -= written;
  return written;
};
syncBuiltinESMExports();
