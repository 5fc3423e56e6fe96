import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take long however small they are: what begins last must not be what ends last. */
const long = /\/test\/(e2e|mutants|simulation)\//;

/** Where nothing is known of earlier runs, as on CI, the runner takes the largest files first; here those of long folders. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
