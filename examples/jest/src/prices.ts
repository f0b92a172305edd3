// @monitor
export function total(cents: readonly number[]): number {
  return cents.reduce((sum, each) => sum + each, 0);
}

// @monitor threshold=1ms -- quick answers come from the cache
export async function quote(cents: readonly number[]): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 5)); // the exchange rate
  if (cents.length === 0) throw new Error('nothing to quote');
  return `€ ${(total(cents) / 100).toFixed(2)}`;
}
