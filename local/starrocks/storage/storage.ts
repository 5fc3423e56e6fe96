import type { Catalog, Plan, Staged, Storage } from '../model.ts';
import { findReading, hasExpressions } from './analyze.ts';
import { quoted } from './duck-names.ts';
import type { Engine } from './engine.ts';
import { functionMacros } from './expressions.ts';
import { type LoadPlan, PlanFault, UnreadableBody } from './load-plan.ts';
import { createPlan } from './plan.ts';
import { publishRows } from './publish.ts';
import { errorLine } from './row-log.ts';
import { stageBodies } from './stage.ts';

/** No database can have this name, since StarRocks' names begin with a letter. */
const stagedSchema = quoted('#staged');

function errorLines({ message, location }: UnreadableBody): readonly string[] {
  return location === undefined ? [] : [errorLine(`Data quality error: ${message}`, location)];
}

/** Staged rows are in hidden DuckDB tables until they are published or discarded. */
export function createStorage(engine: Engine, catalog: Catalog): Storage {
  const plans = new WeakMap<Plan, LoadPlan>();
  const hidden = new WeakMap<Staged, { readonly plan: LoadPlan; readonly name: string }>();
  let tables = 0;
  let schema: Promise<void> | undefined;

  return {
    catalog,

    plan(table, headers) {
      try {
        const plan = createPlan(table, headers);
        plans.set(plan, plan);
        return { ok: true, plan };
      } catch (error) {
        if (error instanceof PlanFault) return { ok: false, message: error.message };
        throw error;
      }
    },

    async analyze(given) {
      const plan = plans.get(given);
      if (plan === undefined || !hasExpressions(plan)) return undefined;
      try {
        await engine.connected((connection) => findReading(connection, plan));
        return undefined;
      } catch (error) {
        if (error instanceof UnreadableBody) return error.message;
        throw error;
      }
    },

    async stage(given, bodyFiles) {
      const plan = plans.get(given);
      if (plan === undefined) throw new TypeError('The plan was not made by this storage.');
      schema ??= engine.run(`CREATE SCHEMA IF NOT EXISTS ${stagedSchema}`);
      await schema;
      tables += 1;
      const name = `${stagedSchema}.${quoted(`load${tables}`)}`;
      try {
        const counts = await stageBodies(engine, plan, bodyFiles, name);
        const total = counts.loaded + counts.filtered + counts.unselected;
        const staged: Staged = { table: plan.table, total, ...counts };
        hidden.set(staged, { plan, name });
        return { ok: true, staged };
      } catch (error) {
        await engine.run(`DROP TABLE IF EXISTS ${name}`);
        if (error instanceof UnreadableBody) return { ok: false, message: error.message, errors: errorLines(error) };
        throw error;
      }
    },

    async publish(...all) {
      const tables = all.map((staged) => {
        const rows = hidden.get(staged);
        if (rows === undefined) throw new TypeError('The rows are not staged, or were published or discarded before.');
        return rows;
      });
      await engine.exclusively(async (connection) => {
        for (const { plan, name } of tables) {
          if (plan.table.columns.some(({ generated }) => generated !== undefined)) {
            for (const macro of functionMacros(plan.zoneSeconds)) await connection.run(macro);
          }
          await publishRows(connection, plan, name);
        }
      });
      for (const staged of all) hidden.delete(staged);
    },

    async discard(staged) {
      const rows = hidden.get(staged);
      hidden.delete(staged);
      if (rows !== undefined) await engine.run(`DROP TABLE IF EXISTS ${rows.name}`);
    },
  };
}
