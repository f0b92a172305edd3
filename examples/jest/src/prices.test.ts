import { quote } from './prices';

test.each([
  [[100, 200], '€ 3.00'],
  [[5], '€ 0.05'],
])('quotes %j', async (cents, text) => {
  expect(await quote(cents)).toBe(text);
});

test('refuses an empty cart', () => expect(quote([])).rejects.toThrow('nothing to quote'));
