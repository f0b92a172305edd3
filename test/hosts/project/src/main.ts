import { Cart, checkout, discount } from './cart.ts';
import legacy from './legacy.cjs';
import { List, text } from './view.tsx';

const cart = new Cart()
  .add({ name: 'tea', price: 4 })
  .add(discount({ name: 'cup', price: 10 }, 0.5))
  .add(discount({ name: 'pot', price: 20 }, 0.25));

const totals = await checkout(cart, 3);
const { default: lazy } = await import('./lazy.ts');
const answers: string[] = [];
for (const fails of [false, true, false]) {
  try {
    answers.push(lazy(fails));
  } catch (error) {
    answers.push(String(error));
  }
}

// @monitor name="main.print"
{
  const page = text(List([...cart.names()]));
  console.log(JSON.stringify({ totals, page, answers, twice: legacy.twice(21) }));
}
