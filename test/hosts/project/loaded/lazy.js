// @monitor
export default function lazy() {
  return 'lazy';
}
