/** An object whose properties may be present and `undefined`. */
type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** Drops properties that are `undefined`: an absent value is no property, in memory as in JSON. Changes the object. */
export function pruned<T extends object>(loose: Loose<T>): T {
  for (const key of Object.keys(loose) as (keyof T)[]) if (loose[key] === undefined) delete loose[key];
  return loose as T;
}
