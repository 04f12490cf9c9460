/** After a run: what each interpreter ran, and where it differs from AWS's documentation. */
import type { Reporter, TestModule } from 'vitest/node';

import { documented, type Edge } from './edge.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The kind of what an interpreter was judged by. */
    judged?: string;
    differs?: { edge: Edge; instead: string };
  }
}

export class Report implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const [engine, own] of Map.groupBy(modules, ({ project }) => project.name)) {
      const tests = own.flatMap((module) => [...module.children.allTests()]);
      const judged = tests.filter((test) => test.meta().judged !== undefined);
      if (judged.length === 0) continue;
      console.log(`\n${engine}`);
      for (const [kind = '', all] of Map.groupBy(judged, (test) => test.meta().judged)) {
        const asAtAws = all.filter(
          (test) => test.result().state === 'passed' && test.meta().differs === undefined,
        );
        console.log(`  ${kind}: ${asAtAws.length} of ${all.length} as at AWS`);
      }
      const differences = judged.flatMap((test) => test.meta().differs ?? []);
      for (const [name, same] of Map.groupBy(differences, ({ edge }) => edge.name)) {
        for (const { edge, instead } of same.slice(0, 1))
          console.log(`  ${name}: ${instead}\n    AWS: ${edge.aws} (${documented(edge)})`);
      }
    }
  }
}
