export interface Lru<Value> {
  /** The value kept under the key, or the made one, which is kept from then on. */
  get(key: string, make: () => Value): Value;
}

/** Keeps the values used last, at most `limit` of them. */
export function createLru<Value>(limit: number): Lru<Value> {
  const entries = new Map<string, Value>();
  return {
    get(key, make) {
      const known = entries.has(key);
      const value = known ? entries.get(key)! : make();
      entries.delete(key);
      entries.set(key, value);
      if (!known && entries.size > limit) entries.delete(entries.keys().next().value!);
      return value;
    },
  };
}
