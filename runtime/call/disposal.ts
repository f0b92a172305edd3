/**
 * For a `using` declaration of emitted code: does something when its block ends.
 *
 * @returns null, which such a declaration passes over, where the platform has no disposal: there the compiler that
 *   lowered `using` brings its own symbol.
 */
export function atBlockEnd(action: () => void): object | null {
  const symbol: unknown = Symbol.dispose;
  return typeof symbol === 'symbol' ? { [symbol as typeof Symbol.dispose]: action } : null;
}
