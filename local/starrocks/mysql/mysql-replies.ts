import type { SqlError } from '../sql/sql-error.ts';
import { columnDefinition, type ResultColumn, resultColumn } from './mysql-columns.ts';
import { PacketWriter } from './mysql-packets.ts';
import { binaryRow, textRow } from './mysql-values.ts';

/** What a statement gave. */
export type Answer =
  | { readonly kind: 'done'; readonly affectedRows: number }
  | {
      readonly kind: 'rows';
      readonly columns: readonly ResultColumn[];
      readonly rows: readonly (readonly unknown[])[];
    };

export const done: Answer = { kind: 'done', affectedRows: 0 };

/** StarRocks does not tell whether a session commits by itself. */
const statusNone = 0;
const statusMoreResults = 0x8;

/**
 * The packets of an answer.
 *
 * @in  format  'text' answers COM_QUERY, 'binary' COM_STMT_EXECUTE
 *      more    whether another answer to the same command follows
 */
export function answerPackets(answer: Answer, format: 'text' | 'binary', more: boolean): Buffer[] {
  const status = more ? statusMoreResults : statusNone;
  if (answer.kind === 'done') return [okPacket(answer.affectedRows, status)];
  const { columns, rows } = answer;
  const rowPacket = format === 'text' ? textRow : binaryRow;
  return [
    new PacketWriter().lengthCoded(columns.length).finish(),
    ...columns.map(columnDefinition),
    endPacket(status),
    ...rows.map((row) => rowPacket(columns, row)),
    endPacket(status),
  ];
}

export function okPacket(affectedRows = 0, status = statusNone): Buffer {
  return new PacketWriter().int(0, 1).lengthCoded(affectedRows).lengthCoded(0).int(status, 2).int(0, 2).finish();
}

export function endPacket(status = statusNone): Buffer {
  return new PacketWriter().int(0xfe, 1).int(0, 2).int(status, 2).finish();
}

export function errorPacket({ errno, sqlState, message }: SqlError): Buffer {
  return new PacketWriter().int(0xff, 1).int(errno, 2).text(`#${sqlState}${message}`).finish();
}

/** The answer to COM_STMT_PREPARE: what columns there will be is told when the statement runs. */
export function preparedPackets(statementId: number, parameters: number): Buffer[] {
  const header = new PacketWriter().int(0, 1).int(statementId, 4).int(0, 2).int(parameters, 2).int(0, 1).int(0, 2);
  if (parameters === 0) return [header.finish()];
  const definition = columnDefinition(resultColumn('?', { base: 'VARCHAR' }));
  return [header.finish(), ...Array.from({ length: parameters }, () => definition), endPacket()];
}
