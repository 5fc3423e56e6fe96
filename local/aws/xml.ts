/** Text as S3 writes it between tags. */
export const xmlOf = (text: string): string =>
  text.replace(/[&<>"'\n\r\t]/g, (mark) => entities[mark] ?? `&#x${mark.charCodeAt(0).toString(16).toUpperCase()};`);

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
};

/** A document as S3 answers it. @in content: written already */
export const s3Document = (name: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
