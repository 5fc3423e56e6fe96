import { SqlError } from '../sql/sql-error.ts';
import { tokenize } from '../sql/sql-tokens.ts';
import { PacketReader } from './mysql-packets.ts';

/** How many `?` a statement has. */
export function countParameters(sql: string): number {
  return placeholders(sql).length;
}

/** The statement with its `?` replaced by literals. */
export function bindParameters(sql: string, literals: readonly string[]): string {
  let bound = '';
  let end = 0;
  placeholders(sql).forEach((offset, index) => {
    bound += `${sql.slice(end, offset)}${literals[index] ?? 'NULL'}`;
    end = offset + 1;
  });
  return bound + sql.slice(end);
}

function placeholders(sql: string): number[] {
  return tokenize(sql)
    .filter((token) => token.kind === 'symbol' && token.value === '?')
    .map((token) => token.offset);
}

const unsigned = 0x80;

/**
 * Reads the values of a COM_STMT_EXECUTE as SQL literals.
 *
 * @in      types  the types of the last execution, which a client need not send again
 * @source  MySQL protocol, Binary Protocol Value
 */
export function readParameters(
  reader: PacketReader,
  count: number,
  types: readonly number[],
): { readonly literals: string[]; readonly types: readonly number[] } {
  if (count === 0) return { literals: [], types };
  const nulls = reader.bytes((count + 7) >> 3);
  const bound = reader.int(1) === 1;
  const current = bound ? Array.from({ length: count }, () => reader.int(2)) : types;
  const literals = Array.from({ length: count }, (_, index) => {
    const isNull = ((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    return isNull ? 'NULL' : readLiteral(reader, current[index] ?? 6);
  });
  return { literals, types: current };
}

function readLiteral(reader: PacketReader, type: number): string {
  const signed = type >> 8 < unsigned;
  switch (type & 0xff) {
    case 1:
      return String(signed ? reader.signedInt(1) : reader.int(1));
    case 2:
    case 13:
      return String(signed ? reader.signedInt(2) : reader.int(2));
    case 3:
    case 9:
      return String(signed ? reader.signedInt(4) : reader.int(4));
    case 8:
      return String(reader.bigint(signed));
    case 4:
      return String(reader.float(4));
    case 5:
      return String(reader.float(8));
    case 6:
      return 'NULL';
    case 7:
    case 10:
    case 12:
      return readTime(reader.lengthCodedBytes());
    case 249:
    case 250:
    case 251:
    case 252:
      return `x'${reader.lengthCodedBytes().toString('hex')}'`;
    case 0:
    case 15:
    case 245:
    case 246:
    case 247:
    case 253:
    case 254:
      return textLiteral(reader.lengthCodedBytes().toString());
    default:
      throw new SqlError(1210, 'HY000', `Incorrect arguments to EXECUTE: type ${type & 0xff} is not supported`);
  }
}

function readTime(packet: Buffer): string {
  const reader = new PacketReader(packet);
  const two = (value: number) => String(value).padStart(2, '0');
  if (reader.left === 0) return "'0000-00-00'";
  const date = `${String(reader.int(2)).padStart(4, '0')}-${two(reader.int(1))}-${two(reader.int(1))}`;
  if (reader.left === 0) return `'${date}'`;
  const time = `${two(reader.int(1))}:${two(reader.int(1))}:${two(reader.int(1))}`;
  return `'${date} ${time}${reader.left > 0 ? `.${String(reader.int(4)).padStart(6, '0')}` : ''}'`;
}

function textLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
