/**
 * Text of somebody else's as a terminal may be shown it: what would move the cursor, change colours, or write elsewhere is spelt out.
 * Tabs and line feeds stay.
 *
 * @source  ECMA-48: C0 and C1 control characters; Unicode TR9: marks that turn the direction of text
 */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (mark) => {
    if (mark === '\t' || mark === '\n') return mark;
    const code = mark.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
