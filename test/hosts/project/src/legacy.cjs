'use strict';

/* @monitor */
function twice(number) {
  return number * 2;
}

module.exports = { twice };
