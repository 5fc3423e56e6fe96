import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.ts';

const needsNothing = ['test/unit/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['./test/temporary-folder.ts'],
    reporters: ['default', './scripts/closing-line-reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        // They start nothing and keep nothing of each other: one process serves many files.
        test: { name: 'unit', include: needsNothing, isolate: false, setupFiles: ['./test/property-runs.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'others',
          include: ['test/**/*.test.ts'],
          exclude: needsNothing,
          globalSetup: ['./test/surroundings.ts'],
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
  },
});
