import { monitor } from 'tka-perf';

const seen: string[] = [];

// A decorator for both kinds: the last argument of a standard one is its context.
function tag(_target: unknown, nameOrContext: unknown): void {
  seen.push(String((nameOrContext as { name?: string }).name ?? nameOrContext));
}

export class Service {
  @tag
  @monitor
  start(name: string): string {
    return `${name} started`;
  }

  @monitor({ threshold: 0 })
  @tag
  async stop(code: number): Promise<number> {
    return code;
  }
}

@monitor
export class Worker {
  work(amount: number): number {
    return amount * 2;
  }
}

export const tagged = (): readonly string[] => seen;
