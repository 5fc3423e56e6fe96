/** Text as S3 writes it between tags. */
export const xmlOf = (text: string): string =>
  text.replace(/[&<>"'\n\r\t]/g, (mark) => entities[mark] ?? `&#x${mark.charCodeAt(0).toString(16).toUpperCase()};`);

/** The text that stands between tags, with named and numbered characters. */
export const textOf = (xml: string): string =>
  xml.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return characters[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });

const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const entities = Object.fromEntries(Object.entries(characters).map(([name, mark]) => [mark, `&${name};`]));

/** A document as S3 answers it. @in content: written already */
export const s3Document = (name: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
