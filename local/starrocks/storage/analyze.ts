/** Expressions against a table, as the frontend analyzes them before a byte of the body is read: DuckDB judges, StarRocks' words tell. */

import { literal } from './duck-names.ts';
import type { EngineConnection } from './engine.ts';
import { namesOf, printed, signature, syntaxRefusal } from './expression-texts.ts';
import { functionMacros } from './expressions.ts';
import { columnNamed, type LoadPlan, type Mapping, UnreadableBody } from './load-plan.ts';
import { emptyRelation, type Reading, readings, stagingSelect, withGenerated } from './stage-sql.ts';

/** Whether there is anything to analyze. */
export function hasExpressions(plan: LoadPlan): boolean {
  return (
    plan.where !== undefined ||
    plan.mappings.length > 0 ||
    plan.operation?.kind === 'expression' ||
    plan.table.columns.some(({ generated }) => generated !== undefined)
  );
}

/**
 * How expressions are to see fields so that DuckDB takes all of them.
 *
 * @throws UnreadableBody with the Message of the frontend
 */
export async function findReading(connection: EngineConnection, plan: LoadPlan): Promise<Reading> {
  if (!hasExpressions(plan)) return 'VARCHAR';
  for (const macro of functionMacros(plan.zoneSeconds)) await connection.run(macro);
  const unknown = plan.where && namesOf(plan.where.text).find((name) => columnNamed(plan.table, name) === undefined);
  if (unknown) {
    throw new UnreadableBody(
      `unknown column in where statement. the column '${unknown}' in where clause must be in the target table.`,
    );
  }
  const { reading, refusal } = await tryReadings(connection, plan);
  if (reading !== undefined) return reading;
  throw new UnreadableBody(
    (await refusalOf(connection, plan)) ?? `Getting analyzing error. Detail message: ${refusal}`,
  );
}

interface Tried {
  readonly reading?: Reading;
  /** DuckDB's, of the plainest reading. */
  readonly refusal: string;
}

async function tryReadings(connection: EngineConnection, plan: LoadPlan): Promise<Tried> {
  let refusal: string | undefined;
  for (const reading of readings) {
    const select = stagingSelect(plan, reading, emptyRelation(plan.sources.length));
    try {
      await connection.run(plan.partial ? select : withGenerated(plan.table.columns, select));
      return { reading, refusal: '' };
    } catch (error) {
      refusal ??= (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    }
  }
  return { refusal: refusal ?? '' };
}

async function refusalOf(connection: EngineConnection, plan: LoadPlan): Promise<string | undefined> {
  const { where: _, operation: __, ...rest } = plan;
  const parses = async (text: string) => parsesAsExpression(connection, text);
  if (plan.where !== undefined && !(await parses(plan.where.text))) return syntaxRefusal(plan.where.text, parses);
  for (const [index, mapping] of plan.mappings.entries()) {
    const until = { ...rest, partial: true, mappings: plan.mappings.slice(0, index + 1), targets: [] };
    const { reading, refusal } = await tryReadings(connection, until);
    if (reading !== undefined) continue;
    if (!(await parses(mapping.text))) return syntaxRefusal(mapping.text, parses, { wanted: "',', ')'" });
    return mappingRefusal(mapping, refusal);
  }
  return undefined;
}

function mappingRefusal({ name, text }: Mapping, refusal: string): string {
  const reference = /Referenced column "([^"]+)" not found/.exec(refusal)?.[1];
  if (reference !== undefined) return `unknown reference column, column=${name}, reference=${reference}`;
  const unknown = /Function with name "?([^\s"]+)"? does not exist/.exec(refusal)?.[1];
  const complaint =
    unknown === undefined ? refusal : `No matching function with signature: ${signature(text, unknown.toLowerCase())}`;
  return `Expr '${printed(text)}' analyze error: ${complaint}, derived column is '${name}'`;
}

async function parsesAsExpression(connection: EngineConnection, text: string): Promise<boolean> {
  const [row] = await connection.rows(
    `SELECT json_extract_string(json_serialize_sql(${literal(`SELECT (${text.replaceAll('`', '"')})`)}), '$.error') AS error`,
  );
  return row?.['error'] === 'false';
}
