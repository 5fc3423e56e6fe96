import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/recorded/', import.meta.url));

export interface RecordedRequest {
  readonly to: 'frontend' | 'backend' | 'query port';
  readonly method?: string;
  readonly path?: string;
  /** In order, as on the wire. Authorization is masked: it names user and whether a password was given. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** A statement; `user` says whose connection it came over, root's when absent. */
  readonly sql?: string;
  readonly user?: string;
  readonly connect?: { readonly user: string; readonly password: 'given' | 'none'; readonly database?: string };
  readonly handshake?: boolean;
  /** The first line of a request that was written by hand. */
  readonly raw?: string;
}

export interface RecordedColumn {
  readonly name: string;
  readonly type: string;
  readonly decimals: number;
  readonly flags: number;
  readonly charset: number;
}

export interface RecordedResponse {
  readonly status?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly saidContinue?: boolean;
  readonly columns?: readonly RecordedColumn[];
  readonly rows?: readonly (readonly (string | number | null)[])[];
  readonly error?: {
    readonly errno?: number;
    readonly sqlState?: string;
    readonly code?: string;
    readonly message: string;
  };
  readonly ok?: { readonly affectedRows: number; readonly warnings: number; readonly info: string };
  readonly handshake?: Readonly<Record<string, unknown>>;
  readonly raw?: string;
}

/** One hop. An entry without a request tells of something that happened outside: a restart, time that passed. */
export interface Exchange {
  readonly note?: string;
  readonly request?: RecordedRequest;
  readonly response?: RecordedResponse;
}

export interface Recording {
  readonly name: string;
  readonly shows: string;
  readonly exchanges: readonly Exchange[];
}

export const recordingNames = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

export const readRecording = (name: string): Recording =>
  JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8'), refusedConnection) as Recording;

/** HTTP has no errors of its own: there a refused connection is noted by its code alone. */
const refusedConnection = (key: string, value: unknown): unknown =>
  key === 'error' && typeof value === 'string' ? { code: value, message: value } : value;

/** A line that names an exchange to a reader of a test report. */
export function titleOf({ note, request }: Exchange): string {
  if (request === undefined) return note ?? '';
  const { to, method, path, sql, connect, raw, user } = request;
  const what =
    sql ?? raw ?? (connect ? `connect as ${connect.user}` : path === undefined ? 'handshake' : `${method} ${path}`);
  const label = request.headers?.find(([name]) => name === 'label')?.[1];
  const said = [user && `as ${user}`, label && `label ${label}`, note && `(${note})`].filter(Boolean).join(' ');
  return `${to}: ${what.replace(/\s+/g, ' ').slice(0, 120)} ${said}`.trim();
}
