import { Alarm, Clock, told } from './metadata.js';

const alarm = new Alarm(new Clock());
console.log(JSON.stringify([alarm.ring(2), alarm.label, told]));
