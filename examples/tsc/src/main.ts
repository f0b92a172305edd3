import { quote } from './prices.js';

for (let customer = 0; customer < 20; customer++) {
  const cart = Array.from({ length: customer % 5 }, (_, item) => 100 * (item + 1));
  console.log(await quote(cart).catch(() => 'an empty cart'));
}
