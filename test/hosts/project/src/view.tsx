/** @jsx h */
type Child = string | Element;
interface Element {
  readonly tag: string;
  readonly children: readonly Child[];
}

// oxlint-disable-next-line no-unused-vars -- the JSX factory
const h = (
  tag: string | typeof Row,
  props: { name: string } | null,
  ...children: (Child | Child[])[]
): Element =>
  typeof tag === 'function' ? tag(props as { name: string }) : { tag, children: children.flat() };

// @monitor
function Row({ name }: { name: string }): Element {
  return <li>{name}</li>;
}

// @monitor name="view.list"
export const List = (names: readonly string[]): Element => (
  <ul>
    {names.map((name) => (
      <Row name={name} />
    ))}
  </ul>
);

export function text(element: Child): string {
  if (typeof element === 'string') return element;
  return `<${element.tag}>${element.children.map(text).join('')}</${element.tag}>`;
}
