/** Brings recorded and replayed answers into a form in which they are equal when a client could not tell them apart. */
import type { RecordedRequest, RecordedResponse } from './recording.ts';

/** Ids, times, ports and names that every run makes anew. */
const masks: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, '<time>'],
  [/\b(?:127\.0\.0\.1|localhost):\d+/g, '<address>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uuid>'],
  [/error_log_\w+/g, '<error log>'],
  [/tablet_id: \d+|:\d+\/-1\/\d+\/0:/g, '<replica>'],
  // Of frontends, and of releases.
  [/127\.0\.0\.1_\d+_\d+/g, '<node>'],
  [/UNKNOWN-[0-9a-f]{10}|(?<="version":")UNKNOWN|\d\.\d\.\d-standin/g, '<version>'],
  [/("\w*(?:Id|Port)": ?)"\d+"/g, '$1"<id>"'],
  [/("(?:TxnId|\w*TimeMs|\w*Time|\w*Ms)": ?)\d+/g, '$1<number>'],
  [
    /\b(transactionId\\u003d|transaction(?:Id)?[ =]|txn_id: |txnId |on db |job_id=|index:|load id: |STREAM_LOAD_TASK:)\d+/gi,
    '$1<id>',
  ],
];

/** Columns of results that hold ids, times and sizes of one run. */
const volatileColumns =
  /(?:^|_)id$|[a-z]Ids?$|time|_MS$|Latency|Version$|port$|uuid|capacity|^StartTime|Heartbeat|Size$|Pct$|TabletNum|Epoch|CONNECTION_ID|DATA_LENGTH|LAST_|TxnId/i;

/** Headers that a client may act upon. Lengths follow bodies; dates and cookies are of their run. */
const headersThatMatter = ['content-type', 'connection', 'location', 'www-authenticate', 'transfer-encoding'];

const mask = (text: string): string => masks.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text);

export function comparable(response: RecordedResponse, to: RecordedRequest['to']): unknown {
  const { error, columns, rows, ok, handshake, raw, status } = response;
  if (raw !== undefined) return mask(raw);
  if (handshake !== undefined) return handshake;
  if (ok !== undefined) return { affectedRows: ok.affectedRows, warnings: ok.warnings, info: ok.info };
  if (error !== undefined) {
    const { errno, sqlState, code, message } = error;
    return sqlState === undefined
      ? { code, ...(errno === undefined || errno < 0 ? {} : { errno }) }
      : { errno, sqlState, message: mask(message) };
  }
  if (columns !== undefined) {
    return {
      columns: columns.map(({ name, type, flags, charset, decimals }) => ({ name, type, flags, charset, decimals })),
      rows: (rows ?? []).map((row) => row.map((value, at) => cell(columns[at]?.name ?? '', value))),
    };
  }
  const isPage = /^\(an HTML page of \d+ bytes\)$|^\s*<(?:!doctype|html)/i.test(response.body ?? '');
  return {
    status,
    headers: headersOf(response, to),
    ...(response.saidContinue === undefined ? {} : { saidContinue: response.saidContinue }),
    body: isPage ? '<page>' : mask(response.body ?? ''),
  };
}

const cell = (column: string, value: string | number | null) =>
  value === null ? null : volatileColumns.test(column) && /\d/.test(String(value)) ? '<volatile>' : mask(String(value));

/** Whether the simulated backends of the recordings keep a connection says nothing of real ones. */
function headersOf({ headers = [] }: RecordedResponse, to: RecordedRequest['to']): Record<string, string> {
  const named = headers.map(([name, value]) => [name.toLowerCase(), mask(value)] as const);
  return Object.fromEntries(
    named
      .filter(([name]) => headersThatMatter.includes(name) && (to === 'frontend' || name !== 'connection'))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
