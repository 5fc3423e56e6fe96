import { type Answer, done } from '../mysql/mysql-replies.ts';
import type { ClusterView } from './cluster-view.ts';
import { readFilter, table } from './show/answer.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';

/** ADMIN SHOW FRONTEND CONFIG [LIKE …], ADMIN SET FRONTEND CONFIG (name = value) [WITH PERSISTENT]. */
export function administrate(reader: TokenReader, { config }: ClusterView): Answer {
  if (reader.accept('SHOW', 'FRONTEND', 'CONFIG')) {
    const matches = readFilter(reader);
    reader.expectEnd();
    const found = config.all().filter(({ name }) => matches(name));
    return table(
      'Key, AliasNames, Value, Type, IsMutable, Comment',
      found.map(({ name, alias = '', value, type, mutable, comment = '' }) => {
        return [name, `[${alias}]`, value, type, String(mutable), comment];
      }),
    );
  }
  if (reader.accept('SET', 'FRONTEND', 'CONFIG') || reader.accept('SET', 'ALL', 'FRONTENDS', 'CONFIG')) {
    const changes = reader.parenthesized(() => {
      const name = reader.text();
      reader.expectSymbol('=');
      return { name, value: reader.text() };
    });
    reader.accept('WITH', 'PERSISTENT');
    reader.expectEnd();
    for (const { name, value } of changes) {
      const fault = `Config '${name}' does not exist or is not mutable`;
      if (!config.change(name, value)) throw new SqlError(1064, 'HY000', fault);
    }
    return done;
  }
  throw reader.unexpected("'SHOW', 'SET'");
}
