import type { TableDefinition } from '../model.ts';
import { duckTable, literal, quoted } from '../storage/duck-names.ts';
import type { Engine } from '../storage/engine.ts';

/** What the rows of a table tell. */
export interface TableFacts {
  countRows(table: TableDefinition): Promise<number>;
  /**
   * Names of the partitions that rows of the table are in, where rows make partitions: of `PARTITION BY date_trunc(…)`.
   * Those that have lost their rows are no longer known.
   */
  partitionsOfRows(table: TableDefinition): Promise<readonly string[]>;
}

/** How a partition is named, by the unit of its date_trunc. @source AnalyzerUtils.getAddPartitionClauseFromPartitionValues */
const names: Readonly<Record<string, string>> = {
  year: 'p%Y',
  month: 'p%Y%m',
  day: 'p%Y%m%d',
  hour: 'p%Y%m%d%H',
  minute: 'p%Y%m%d%H%M',
};

export function tableFacts(engine: Engine): TableFacts {
  return {
    async countRows(table) {
      const [row] = await engine.rows(`SELECT count(*) AS rows FROM ${duckTable(table)}`);
      return Number(row?.['rows'] ?? 0);
    },
    async partitionsOfRows(table) {
      const [, unit = ''] = /^date_trunc\(\s*['"](\w+)['"]/i.exec(table.partitionBy ?? '') ?? [];
      const name = names[unit.toLowerCase()];
      const [column] = table.partitions;
      if (name === undefined || column === undefined) return [];
      const text = `strftime(${quoted(column)}, ${literal(name)})`;
      const rows = await engine.rows(
        `SELECT DISTINCT ${text} AS name FROM ${duckTable(table)} WHERE ${quoted(column)} IS NOT NULL ORDER BY 1`,
      );
      return rows.map((row) => String(row['name']));
    },
  };
}
