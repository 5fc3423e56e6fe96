/** A way into a JSON document: keys of objects, and places in arrays. */
export type JsonPath = readonly (string | number)[];

const step = /\.([^.[\]"'\s]+)|\[(\d+)\]|\[(?:"([^"\\]+)"|'([^'\\]+)')\]/y;

/** Reads `$.data.items`, `$.pages[0].rows`, `$["a b"]`. @out undefined: it is no such path */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const path: (string | number)[] = [];
  for (let at = 1; at < text.length; at = step.lastIndex) {
    step.lastIndex = at;
    const [, plain, place, double, single] = step.exec(text) ?? [];
    const key = plain ?? double ?? single;
    if (key === undefined && place === undefined) return undefined;
    path.push(key ?? Number(place));
  }
  return path;
}
