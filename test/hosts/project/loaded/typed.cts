// @monitor
function half(value: number): number {
  return value / 2;
}
module.exports = { half };
