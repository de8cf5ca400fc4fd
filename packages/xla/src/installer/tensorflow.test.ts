import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.js';
import { findTensorflow, installTensorflow } from './index.js';
import { findCompiler } from './tensorflow.js';

describe('the TensorFlow engine', () => {
  const machine = { env: { PATH: '', BASINLAB_CACHE: join(tmpdir(), 'basinlab-none') }, platform: 'linux', arch: 'x64' } as const;

  test('needs its platform and a compiler', async () => {
    await expect(installTensorflow({ machine: { ...machine, arch: 'arm64' } })).rejects.toThrow(
      'engine install tensorflow: the platform linux-x64, got linux-arm64',
    );
    await expect(installTensorflow({ machine })).rejects.toThrow(
      /a C\+\+ compiler on the PATH, got none of g\+\+, c\+\+, clang\+\+\. Install one/,
    );
    expect(findTensorflow(machine)).toBeNull();
  });

  // The real thing takes npm, a compiler, and a wheel of 0.6 GB that is not downloaded for a test.
  const wheelPath = process.env.BASINLAB_TENSORFLOW_WHEEL;
  const missing = wheelPath === undefined ? 'BASINLAB_TENSORFLOW_WHEEL does not name the wheel' : null;
  if (missing !== null) console.info(`skipped: building the TensorFlow engine, because ${missing}`);
  (missing === null ? test : test.skip)(
    'builds the add-on, and it multiplies matrices',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'basinlab-tensorflow-'));
      const real = { env: { ...process.env, BASINLAB_CACHE: folder }, platform: process.platform, arch: process.arch };
      try {
        await findCompiler(real);
        const { module, installed } = await installTensorflow({ machine: real, wheelPath: wheelPath! });
        expect(installed).toBe(true);
        expect(findTensorflow(real)).toBe(module);
        const script = `const { default: tf } = await import(${JSON.stringify(module)});
          const a = tf.ones([64, 64]);
          console.log(tf.getBackend(), tf.matMul(a, a).sum().dataSync()[0]);`;
        const { stdout } = await runCommand([process.execPath, '--input-type=module', '-e', script], { env: process.env });
        expect(stdout.trim().split('\n').at(-1)).toBe('tensorflow 262144');
        expect(await installTensorflow({ machine: real })).toEqual({ module, installed: false });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    600_000,
  );
});
