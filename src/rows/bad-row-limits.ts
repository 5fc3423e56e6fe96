/** Bad rows of one message are held in memory until they are kept: some 25 MB of so many, and their text. */
const mostRows = 100_000;
const mostCharacters = 16 * 1024 ** 2;

export const areTooMany = (badRows: number, characters: number): boolean =>
  badRows > mostRows || characters > mostCharacters;

/** @in  what: is said of them, as in "do not fit"; reason: of the last of them */
export const tooManyBadRows = (what: string, reason: string | undefined): string =>
  `More than ${mostRows} rows, or ${mostCharacters} characters, of one message ${what}; the last: ${reason}`;
