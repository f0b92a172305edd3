'use strict';
// A CommonJS dependency. What is in node_modules is left alone, marks and all.

// @monitor
exports.sum = function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
};
