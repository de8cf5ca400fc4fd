// Before the tests of TensorFlow.js are declared: the backend that they run on.
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

const name = process.env['BASINLAB_SUITE_BACKEND'] ?? 'xla';
if (name === 'xla') {
  const { registerXla } = await import('@basinlab/xla');
  await registerXla();
} else {
  // Ours come with @basinlab/core.
  await import('@tensorflow/tfjs-core/dist/register_all_gradients');
  await import('@tensorflow/tfjs-backend-cpu');
  if (name === 'wasm') {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(process.env['BASINLAB_SUITE_WASM']);
  }
}
setTestEnvs([{ name, backendName: name, flags: {}, isDataSync: true }]);
