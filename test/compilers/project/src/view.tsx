declare global {
  namespace JSX {
    type Element = string;
    interface IntrinsicElements {
      readonly [name: string]: object;
    }
  }
}

export function h(
  name: string | ((props: never) => string),
  props: object | null,
  ...children: unknown[]
): string {
  if (typeof name === 'function') return name({ ...props, children } as never);
  return `<${name}>${children.join('')}</${name}>`;
}

// @monitor
export const Row = ({ name }: { readonly name: string }): JSX.Element => <li>{name}</li>;

// @monitor
export function List({ names }: { readonly names: readonly string[] }): JSX.Element {
  return (
    <ul>
      {names.map((name) => (
        <Row name={name} />
      ))}
    </ul>
  );
}
