const lineWidth = 120;

/** JSON laid out as the formatter of this project lays it out: lists of plain values on one line where they fit. */
export function formatJson(value: unknown): string {
  return `${write(value, '', 0)}\n`;
}

/** @in used: characters that stand before the value in its line */
function write(value: unknown, indent: string, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = `[${value.map((item) => write(item, inner, 0)).join(', ')}]`;
    if (!flat.includes('\n') && used + flat.length < lineWidth) return flat;
    return `[\n${value.map((item) => inner + write(item, inner, inner.length)).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => {
      const start = `${inner}${JSON.stringify(name)}: `;
      return start + write(member, inner, start.length);
    });
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}
