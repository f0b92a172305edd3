import { Service, tagged, Worker } from './decorated.js';

const service = new Service();
service.stop(4).then((code) => {
  console.log(JSON.stringify([service.start('one'), code, new Worker().work(2), tagged()]));
});
