/** A value that is not null, whatever it was written in. `text`: a string's own text; else as JSON has it, every digit kept. */
export interface Given {
  readonly kind: 'string' | 'number' | 'boolean' | 'nested';
  readonly text: string;
}

/** The value stays, becomes another, or cannot be stored as what it is; `unfit` never holds row data. */
export type Fitted =
  | { readonly as: 'it is' }
  | { readonly as: 'other'; readonly value: Given | null }
  | { readonly as: 'unfit'; readonly unfit: string };

/** @in  written: a value as JSON has it */
export function givenOf(written: string): Given | null {
  switch (written[0]) {
    case 'n':
      return null;
    case '"':
      return { kind: 'string', text: JSON.parse(written) };
    case 't':
    case 'f':
      return { kind: 'boolean', text: written };
    case '{':
    case '[':
      return { kind: 'nested', text: written };
    default:
      return { kind: 'number', text: written };
  }
}

/** A line feed outside of a string is white space, and would end a row. */
export function writtenOf(value: Given | null): string {
  if (value === null) return 'null';
  return value.kind === 'string' ? JSON.stringify(value.text) : value.text.replaceAll(/[\r\n]/g, ' ').trim();
}
