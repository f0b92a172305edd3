// Preloaded: every look at the clock finds that a minute has gone by, so that everything takes long.
const { now } = Date;
let minutes = 0;
Date.now = () => now() + 60_000 * minutes++;
