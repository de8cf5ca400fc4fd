// How large a package may be: its tarball, and what `npm install` of it alone puts beside TensorFlow.js's core. Somewhat above what was measured when
// a line was last changed; raise one only for a reason that you would give a user.
import fs from 'node:fs';
import path from 'node:path';

/** kB of the tarball, and MB in node_modules beyond `@tensorflow/tfjs-core` and what that needs. */
export const budgets = {
  tensor: { tarballKB: 300, broughtMB: 1.2 },
  core: { tarballKB: 370, broughtMB: 26 },
  metrics: { tarballKB: 270, broughtMB: 2.4 },
  xla: { tarballKB: 400, broughtMB: 20 },
  datasets: { tarballKB: 200, broughtMB: 92 },
  'models-asymmetric': { tarballKB: 90, broughtMB: 27 },
  'models-transformer': { tarballKB: 130, broughtMB: 29 },
  rebasin: { tarballKB: 360, broughtMB: 28 },
  connectivity: { tarballKB: 150, broughtMB: 31 },
  sinks: { tarballKB: 25, broughtMB: 30 },
  report: { tarballKB: 90, broughtMB: 40 },
  synthetic: { tarballKB: 30, broughtMB: 94 },
  golden: { tarballKB: 150, broughtMB: 96 },
  experiments: { tarballKB: 310, broughtMB: 180 },
  reproductions: { tarballKB: 220, broughtMB: 190 },
  'create-plugin': { tarballKB: 40, broughtMB: 2 },
  cli: { tarballKB: 150, broughtMB: 234 },
};

/** Bytes of all files under a folder. */
export function sizeOf(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

/** Sentences about what is larger than its budget. */
export function sizeProblems(name, { tarballKB, broughtMB }) {
  const budget = budgets[name];
  if (budget === undefined) return ['no budget: add a line to tools/packages/sizes.mjs'];
  return [
    ...(tarballKB > budget.tarballKB ? [`the tarball has ${tarballKB.toFixed(0)} kB, its budget is ${budget.tarballKB} kB`] : []),
    ...(broughtMB > budget.broughtMB
      ? [`an installation brings ${broughtMB.toFixed(1)} MB beyond tfjs-core, its budget is ${budget.broughtMB} MB`]
      : []),
  ];
}
