import { describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const { exports } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { exports: Record<string, object> };
const kernels = Object.keys(exports).filter((entry) => entry !== './measurements');

/** What a bundler makes of one import from this package beside TensorFlow.js: bytes, minified, and the files that it holds. */
async function bundled(contents: string): Promise<{ bytes: number; files: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: packageFolder },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['basinlab-source'],
    external: ['@tensorflow/tfjs-core'],
    logLevel: 'silent',
  });
  const parts = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  return {
    bytes: outputFiles[0]!.contents.length,
    files: parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file),
  };
}

const hasGradients = (files: readonly string[]): boolean => files.some((file) => file.endsWith('gradients.generated.js'));

describe('what a bundle of one metric holds', () => {
  test('cka is less than 60 kB beside tfjs-core, and so it is when taken from the root', async () => {
    const alone = await bundled("export { linearCka } from '@basinlab/metrics/cka'");
    expect(alone.bytes).toBeGreaterThan(1_000);
    expect(alone.bytes).toBeLessThan(60_000);
    const fromRoot = await bundled("export { linearCka } from '@basinlab/metrics'");
    expect(fromRoot.bytes).toBeLessThan(alone.bytes + 1_000);
  });
  test.each(kernels)('%s needs neither core nor what core stands on', async (entry) => {
    const { files } = await bundled(`export * from '@basinlab/metrics${entry.slice(1)}'`);
    expect(files.filter((file) => /packages\/core\/|node_modules/.test(file))).toEqual([]);
  });
  test('gradients come along where a metric differentiates, and only there', async () => {
    expect(hasGradients((await bundled("export { hessianOfLoss } from '@basinlab/metrics/hessian'")).files)).toBe(true);
    expect(hasGradients((await bundled("export { linearizationAgreement } from '@basinlab/metrics/ntk'")).files)).toBe(true);
    expect(hasGradients((await bundled("export { linearModeConnectivity } from '@basinlab/metrics/linear-mode-connectivity'")).files)).toBe(
      false,
    );
  });
});
