import { Alarm, Clock, told } from './decorated-types.js';

const alarm = new Alarm(new Clock());
console.log(JSON.stringify([alarm.ring(2), alarm.label, told]));
