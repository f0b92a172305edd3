export interface Line {
  readonly name: string;
  readonly price: number;
  readonly amount?: number;
}

export enum Currency {
  Euro = 'EUR',
  Pound = 'GBP',
}
