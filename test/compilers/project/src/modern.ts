export class Account {
  static #opened = 0;
  readonly #owner: string;
  #balance = 0;

  static {
    Account.#opened = 1;
  }

  // @monitor
  constructor(owner: string) {
    this.#owner = owner;
    Account.#opened += 1;
  }

  // @monitor
  #check(amount: number): boolean {
    return amount > this.#balance;
  }

  // @monitor
  withdraw(amount: number): number {
    if (this.#check(amount)) throw new RangeError(`${this.#owner} has ${this.#balance}`);
    return (this.#balance -= amount);
  }

  // @monitor
  static get opened(): number {
    return Account.#opened;
  }
}
