export interface Item {
  readonly name: string;
  readonly price: number;
}
