import { monitor } from 'tka-perf';

export const told: string[] = [];

// What `emitDecoratorMetadata` calls, where there is such a thing.
Object.assign(Reflect, {
  metadata: (key: string, value: unknown) => (_target: unknown, member?: string | symbol) => {
    const types = [value].flat().map((type) => (type as { name?: string } | undefined)?.name);
    told.push(`${String(member ?? 'class')} ${key} ${types.join()}`);
  },
});

export class Clock {
  readonly name: string = 'clock';
}

// Its only decorators are ours, and all the same the compiler tells a container what to make it with.
@monitor
export class Alarm {
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  @monitor({ threshold: 0 })
  ring(times: number): string {
    return this.clock.name.repeat(times);
  }

  @monitor()
  get label(): string {
    return this.clock.name;
  }
}
