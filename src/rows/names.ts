/**
 * Names of databases, tables and columns go into URLs, headers and S3 keys.
 *
 * @out  what is wrong with the name; undefined when nothing is
 * @source  StarRocks FeNameFormat: up to 256 (tables 1024) characters; letters of any script are allowed
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 256) return `has ${name.length} characters`;
  if (name === '.' || name.includes('..')) return 'holds ".."';
  if (/[/\\`'",;?#%*]/.test(name)) return 'holds a character that has a meaning in URLs, headers or SQL';
  if (/[\p{C}\p{Z}]/u.test(name)) return 'holds white space or a control character';
  return undefined;
}
