import { createServer, type Server, type Socket } from 'node:net';
import { type ClusterView, emptyCluster } from '../sql/cluster-view.ts';
import type { Session } from '../sql/session.ts';
import { SqlError } from '../sql/sql-error.ts';
import { isBlank, splitStatements, syntaxError } from '../sql/sql-tokens.ts';
import { createStatementRunner, type StatementRunner } from '../sql/statements.ts';
import { mysqlVersion } from '../sql/variables.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import type { Engine } from '../storage/engine.ts';
import { type Accounts, createAccounts, type Subject } from '../users/accounts.ts';
import { provesPassword } from '../users/password.ts';
import { authSwitch, greeting, makeScramble, nativePassword, readLogin } from './mysql-handshake.ts';
import { PacketReader } from './mysql-packets.ts';
import { bindParameters, countParameters, readParameters } from './mysql-parameters.ts';
import { type Answer, answerPackets, endPacket, errorPacket, okPacket, preparedPackets } from './mysql-replies.ts';
import { MysqlSocket } from './mysql-socket.ts';

export interface QueryServerOptions {
  readonly engine: Engine;
  readonly catalog: EditableCatalog;
  /** Who may log in; root without a password when left out. */
  readonly accounts?: Accounts;
  /** Any free one when left out. */
  readonly port?: number;
  readonly host?: string;
  /** What statements can ask of the cluster; nodes and loads are none when left out. */
  readonly cluster?: ClusterView;
}

export interface QueryServer {
  readonly port: number;
  /** Answers a statement that does not come over the wire: rows by the names of their columns. @throws SqlError */
  ask(sql: string, subject: Subject): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Hangs up on every client. */
  close(): Promise<void>;
}

/** Commands of the MySQL protocol, by their numbers. */
const commandCode = {
  QUIT: 1,
  INIT_DB: 2,
  QUERY: 3,
  FIELD_LIST: 4,
  PING: 14,
  STMT_PREPARE: 22,
  STMT_EXECUTE: 23,
  STMT_CLOSE: 25,
  STMT_RESET: 26,
  SET_OPTION: 27,
  RESET_CONNECTION: 31,
} as const;

/** Frontends number their connections from their own id on, in the upper byte. */
const firstConnection = 1 << 24;

/** Words that a statement may begin with, as the frontend proposes them to who sends none. */
const statementStarts = "'EXPORT', 'REVOKE', 'RECOVER', 'REFRESH', 'RESTORE', '(', ';'";

/** The query port of the stand-in: StarRocks' dialect, as far as it goes, over the MySQL protocol. */
export async function startQueryServer(options: QueryServerOptions): Promise<QueryServer> {
  const { engine, catalog, cluster = emptyCluster(), accounts = createAccounts() } = options;
  const open = new Map<number, { readonly session: Session; readonly socket: Socket }>();
  const runner = createStatementRunner({
    engine,
    catalog,
    cluster,
    accounts,
    sessions: {
      all: () => [...open.values()].map(({ session }) => session),
      kill: (id) => open.get(id)?.socket.destroy() !== undefined,
    },
  });
  const sockets = new Set<Socket>();
  let connections = firstConnection - 1;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    connections += 1;
    // What throws here is a client that hung up, or that speaks another protocol.
    const id = connections;
    serveConnection(socket, id, accounts, runner, (session) => open.set(id, { session, socket })).catch(() =>
      socket.destroy(),
    );
    socket.on('close', () => open.delete(id));
  });
  const port = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  return {
    port,
    async ask(sql, subject) {
      const answer = await runner.run(sql, newSession(0, subject, '127.0.0.1'));
      if (answer.kind === 'done') return [];
      const names = answer.columns.map(({ name }) => name);
      return answer.rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function serveConnection(
  socket: Socket,
  id: number,
  accounts: Accounts,
  runner: StatementRunner,
  remember: (session: Session) => void,
): Promise<void> {
  const mysql = new MysqlSocket(socket);
  const payloads = mysql.payloads();
  const address = `${socket.remoteAddress}:${socket.remotePort}`;
  const session = await logIn(mysql, payloads, id, accounts, runner, address);
  if (session === undefined) return mysql.end();
  remember(session);
  const connection = new Connection(mysql, session, runner);
  for await (const payload of payloads) {
    if (!(await connection.serve(payload))) return mysql.end();
  }
}

async function logIn(
  mysql: MysqlSocket,
  payloads: AsyncGenerator<Buffer, void>,
  id: number,
  accounts: Accounts,
  runner: StatementRunner,
  address: string,
): Promise<Session | undefined> {
  const scramble = makeScramble();
  await mysql.send([greeting(mysqlVersion, id, scramble)]);
  const first = await payloads.next();
  if (first.value === undefined) return undefined;
  const login = readLogin(first.value);
  let proof: Buffer | undefined = login.proof;
  if (login.plugin !== nativePassword) {
    await mysql.send([authSwitch(scramble)]);
    proof = (await payloads.next()).value ?? undefined;
  }
  const account = accounts.of(login.user, address.replace(/:\d+$/, ''));
  if (proof === undefined || account === undefined || !provesPassword(proof, account.password, scramble)) {
    const using = proof === undefined || proof.length === 0 ? 'NO' : 'YES';
    const message = `Access denied for user '${login.user}' (using password: ${using})`;
    await mysql.send([errorPacket(new SqlError(1045, '28000', message))]);
    return undefined;
  }
  const { user, host, defaultRoles } = account;
  const session = newSession(id, { identity: { user, host }, roles: defaultRoles }, address);
  try {
    if (login.database !== undefined) runner.use(session, login.database);
  } catch (error) {
    // The frontend hangs up on who may not use the database, without a word.
    const refusal = SqlError.from(error);
    if (refusal.errno !== 5203) await mysql.send([errorPacket(refusal)]);
    return undefined;
  }
  await mysql.send([okPacket()]);
  return session;
}

function newSession(id: number, subject: Subject, address: string): Session {
  return {
    id,
    user: subject.identity.user,
    subject,
    address,
    connectedAtMs: Date.now(),
    database: undefined,
    variables: new Map(),
    userVariables: new Map(),
    activity: { statement: '', running: false, sinceMs: Date.now() },
  };
}

interface Prepared {
  readonly sql: string;
  readonly parameters: number;
  types: readonly number[];
}

/** One client that has logged in. */
class Connection {
  readonly #mysql: MysqlSocket;
  readonly #session: Session;
  readonly #runner: StatementRunner;
  readonly #prepared = new Map<number, Prepared>();
  #lastPrepared = 0;

  constructor(mysql: MysqlSocket, session: Session, runner: StatementRunner) {
    this.#mysql = mysql;
    this.#session = session;
    this.#runner = runner;
  }

  /** Answers one command; false when the client has said goodbye. Whatever fails becomes an error packet. */
  async serve(payload: Buffer): Promise<boolean> {
    try {
      const reader = new PacketReader(payload);
      const command = reader.int(1);
      if (command === commandCode.QUIT) return false;
      await this.#answer(command, reader);
    } catch (error) {
      await this.#mysql.send([errorPacket(SqlError.from(error))]);
    }
    return true;
  }

  async #answer(command: number, reader: PacketReader): Promise<void> {
    switch (command) {
      case commandCode.QUERY:
        return this.#query(reader.rest().toString());
      case commandCode.INIT_DB:
        this.#select(reader.rest().toString());
        return this.#mysql.send([okPacket()]);
      case commandCode.STMT_PREPARE:
        return this.#prepare(reader.rest().toString());
      case commandCode.STMT_EXECUTE:
        return this.#execute(reader);
      case commandCode.STMT_CLOSE:
        // The only command that nobody waits for.
        this.#prepared.delete(reader.int(4));
        return;
      case commandCode.FIELD_LIST:
      case commandCode.SET_OPTION:
        return this.#mysql.send([endPacket()]);
      case commandCode.RESET_CONNECTION:
        this.#session.variables.clear();
        this.#session.userVariables.clear();
        this.#prepared.clear();
        return this.#mysql.send([okPacket()]);
      case commandCode.PING:
      case commandCode.STMT_RESET:
        return this.#mysql.send([okPacket()]);
      default:
        throw new SqlError(1047, '08S01', `Unknown command ${command}`);
    }
  }

  /** An empty name selects nothing: Connector/J sends one for a statement that is older than the connection's database. */
  #select(database: string): void {
    if (database === '') this.#session.database = undefined;
    else this.#runner.use(this.#session, database);
  }

  async #query(text: string): Promise<void> {
    const statements = splitStatements(text);
    if (statements.length === 0) {
      if (!isBlank(text)) return this.#mysql.send([okPacket()]);
      throw syntaxError(text, text.length, `Unexpected input '<EOF>', the most similar input is {${statementStarts}}`);
    }
    for (const [index, statement] of statements.entries()) {
      const answer = await this.#run(statement);
      await this.#mysql.send(answerPackets(answer, 'text', index < statements.length - 1));
    }
  }

  async #run(statement: string): Promise<Answer> {
    this.#session.activity = { statement, running: true, sinceMs: Date.now() };
    try {
      return await this.#runner.run(statement, this.#session);
    } finally {
      this.#session.activity = { statement, running: false, sinceMs: Date.now() };
    }
  }

  async #prepare(text: string): Promise<void> {
    const [sql = '', ...others] = splitStatements(text);
    if (others.length > 0) throw SqlError.refused('Only one statement can be prepared at a time');
    this.#lastPrepared += 1;
    const parameters = countParameters(sql);
    this.#prepared.set(this.#lastPrepared, { sql, parameters, types: [] });
    await this.#mysql.send(preparedPackets(this.#lastPrepared, parameters));
  }

  async #execute(reader: PacketReader): Promise<void> {
    const id = reader.int(4);
    const prepared = this.#prepared.get(id);
    if (prepared === undefined) {
      throw new SqlError(1243, 'HY000', `Unknown prepared statement handler (${id}) given to EXECUTE`);
    }
    reader.skip(1 + 4);
    const { literals, types } = readParameters(reader, prepared.parameters, prepared.types);
    prepared.types = types;
    const answer = await this.#run(bindParameters(prepared.sql, literals));
    await this.#mysql.send(answerPackets(answer, 'binary', false));
  }
}
