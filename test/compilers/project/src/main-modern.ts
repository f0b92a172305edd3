import { Account } from './modern.js';

const account = new Account('Ada');
let message = '';
try {
  account.withdraw(5);
} catch (error) {
  message = (error as Error).message;
}
console.log(JSON.stringify([account.withdraw(0), message, Account.opened]));
