import type { Answer } from '../../mysql/mysql-replies.ts';
import { wholeSystem } from '../../users/privileges.ts';
import type { TokenReader } from '../token-reader.ts';
import { showAlter } from './alter.ts';
import type { Showing, Shown } from './answer.ts';
import { showColumns } from './columns.ts';
import { showCreateTable } from './create-table.ts';
import { showCatalogs, showCreateDatabase, showDatabases, showTableStatus, showTables } from './databases.ts';
import { showGrants, showRoles, showUsers } from './grants.ts';
import { showLoads, showRoutineLoads, showStreamLoads } from './loads.ts';
import { showBackends, showBrokers, showComputeNodes, showFrontends } from './nodes.ts';
import { showData, showIndex, showPartitions, showTablets } from './partitions.ts';
import { showProc } from './proc.ts';
import * as server from './server.ts';
import { showTransaction } from './transactions.ts';

/** What SHOW can be followed by; FULL, GLOBAL, SESSION and ALL are taken before. */
const shows: readonly (readonly [words: string, show: Showing])[] = [
  ['DATABASES', showDatabases],
  ['SCHEMAS', showDatabases],
  ['CREATE DATABASE', showCreateDatabase],
  ['CREATE SCHEMA', showCreateDatabase],
  ['CREATE TABLE', showCreateTable],
  ['CREATE VIEW', showCreateTable],
  ['TABLES', showTables],
  ['TABLE STATUS', showTableStatus],
  ['COLUMNS', showColumns],
  ['FIELDS', showColumns],
  ['ALTER TABLE', showAlter],
  ['PARTITIONS', showPartitions],
  ['TABLETS', showTablets],
  ['TABLET', showTablets],
  ['DATA', showData],
  ['INDEX', showIndex],
  ['INDEXES', showIndex],
  ['KEYS', showIndex],
  ['KEY', showIndex],
  ['CATALOGS', showCatalogs],
  ['VARIABLES', server.showVariables],
  ['BACKENDS', nodes((_, shown) => showBackends(shown))],
  ['FRONTENDS', nodes((_, shown) => showFrontends(shown))],
  ['COMPUTE NODES', nodes(showComputeNodes)],
  ['BROKER', nodes(showBrokers)],
  ['PROC', showProc],
  ['GRANTS', showGrants],
  ['USERS', showUsers],
  ['ROLES', showRoles],
  ['TRANSACTION', showTransaction],
  ['LOAD', showLoads],
  ['STREAM LOAD', showStreamLoads],
  ['ROUTINE LOAD', showRoutineLoads],
  ['WARNINGS', server.showWarnings],
  ['ERRORS', server.showWarnings],
  ['STATUS', server.showStatus],
  ['PROCESSLIST', server.showProcesses],
  ['PLUGINS', server.showPlugins],
  ['PROCEDURE STATUS', server.showRoutines],
  ['FUNCTION STATUS', server.showRoutines],
  ['TRIGGERS', server.showTriggers],
  ['EVENTS', server.showEvents],
  ['COLLATION', server.showCollation],
  ['CHARSET', server.showCharset],
  ['CHARACTER SET', server.showCharset],
  ['CHAR SET', server.showCharset],
  ['ENGINES', server.showEngines],
  ['STORAGE ENGINES', server.showEngines],
  ['RUNNING QUERIES', server.showRunningQueries],
  ['WAREHOUSES', server.refuseWarehouses],
];

/** For who runs the cluster, or its nodes. */
function nodes(show: Showing): Showing {
  return (reader, shown) => {
    const { rights } = shown;
    if (!rights.allowed('NODE', wholeSystem) && !rights.allowed('OPERATE', wholeSystem))
      rights.require('OPERATE OR NODE', wholeSystem);
    return show(reader, shown);
  };
}

/** Answers what comes after SHOW. */
export async function show(reader: TokenReader, shown: Omit<Shown, 'full' | 'all' | 'global'>): Promise<Answer> {
  const scope = reader.acceptOneOf(['FULL', 'GLOBAL', 'SESSION', 'LOCAL', 'ALL']);
  const found = shows.find(([words]) => reader.accept(...words.split(' ')));
  if (found === undefined) {
    const known = new Set(shows.map(([words]) => `'${words.split(' ')[0]}'`));
    throw reader.unexpected([...known].join(', '));
  }
  const answer = await found[1](reader, {
    ...shown,
    full: scope === 'FULL',
    all: scope === 'ALL',
    global: scope === 'GLOBAL',
  });
  // A filter that no SHOW of the stand-in's kind reads is taken as StarRocks' grammar takes it: what follows is an error.
  reader.expectEnd();
  return answer;
}
