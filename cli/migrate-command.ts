import { choice, command, someText } from './command.ts';

export const createMigrateCommand = (
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
) =>
  command('migrate', "Make StarRocks tables and the sink's routes of a MySQL schema, from smt's config file")
    .requiredOption('-c, --config <config_prod.conf>', "smt's config file", someText)
    .option('--from-json <file>', 'Rows of information_schema, instead of a connection', someText)
    .addOption(
      choice(
        '--profile <profile>',
        'Types, keys and buckets: native for StarRocks from 3.3 on, smt as the migration tool',
        ['native', 'smt'],
      ).default('native' as const),
    )
    .option('--flink', 'Also write flink-create.N.sql')
    .option('--types', 'Also write tables.N.ts, the tables for producers in TypeScript')
    .addOption(
      choice('--shard-name <style>', 'Name of merged shards: course__auto_shard, or as the code of smt', [
        'doc',
        'smt',
      ]).default('doc' as const),
    )
    .option('--shard-columns', 'Add the database and table of a row to the key of merged shards')
    .option('--order-columns', 'Add the columns that sink.order-by needs to tables with a key')
    .addOption(
      choice('--tinyint1 <type>', 'What tinyint(1) becomes (native)', ['tinyint', 'boolean']).default(
        'tinyint' as const,
      ),
    )
    .addOption(
      choice('--binary <type>', 'What binary columns become (native); text holds base64', [
        'varbinary',
        'text',
      ]).default('varbinary' as const),
    )
    .addOption(
      choice('--json <type>', 'What json columns become (native)', ['json', 'string']).default('json' as const),
    )
    .option('--secret-id <id>', 'Secret that sink-route.N.json refers to instead of a password', 'starrocks-sink')
    .addOption(
      choice('--ssl-mode <mode>', 'TLS to MySQL', ['disabled', 'required', 'verify-ca', 'verify-identity']).default(
        'disabled' as const,
      ),
    )
    .option('--ssl-ca <file>', 'PEM file of the authority')
    .option('--ssl-cert <file>', 'PEM file of the client certificate')
    .option('--ssl-key <file>', 'PEM file of the client key')
    .option('--force', 'Write into a folder that holds other things')
    .option('--strict', 'Fail when a rule matches no table')
    .option('--apply', 'Show what StarRocks lacks, then create it')
    .option('--dry-run', 'With --apply: only show')
    .option('--add-columns', 'With --apply: also add missing columns to existing tables')
    .action(async (asked) => {
      const { runMigrate } = await import('./migrate.ts');
      const apply = asked.dryRun ? 'show' : asked.addColumns ? 'run-and-add' : 'run';
      await runMigrate(
        {
          config: asked.config,
          ...(asked.fromJson && { fromJson: asked.fromJson }),
          tls: {
            mode: asked.sslMode,
            ...(asked.sslCa && { ca: asked.sslCa }),
            ...(asked.sslCert && { cert: asked.sslCert }),
            ...(asked.sslKey && { key: asked.sslKey }),
          },
          choices: {
            profile: asked.profile,
            tinyint1: asked.tinyint1,
            binary: asked.binary,
            json: asked.json,
            shardName: asked.shardName,
            shardColumns: asked.shardColumns === true,
            orderColumns: asked.orderColumns === true,
            flink: asked.flink === true,
            types: asked.types === true,
            secretId: asked.secretId,
          },
          force: asked.force === true,
          strict: asked.strict === true,
          ...(asked.apply && { apply }),
        },
        { now: Date.now, print, env },
      );
    });
