import { defineCommand, runMain } from 'citty';

const main = defineCommand({
  meta: { name: 'starrocks-sink', description: 'Rows from SQS into StarRocks' },
  subCommands: {
    demo: () => import('./demo/demo.ts').then((module) => module.demoCommand),
    dev: () => import('./dev.ts').then((module) => module.devCommand),
    send: () => import('./send.ts').then((module) => module.sendCommand),
    migrate: () => import('./migrate.ts').then((module) => module.migrateCommand),
  },
});

await runMain(main);
