import * as tf from '@tensorflow/tfjs-core';

/** Where the numbers are computed. */
export type EngineName = 'webgpu' | 'wasm' | 'cpu';

/** In the order in which they are tried, with the name that the page shows. */
export const engines: Readonly<Record<EngineName, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'JavaScript' };

/** Each is a chunk of its own, so that a page fetches what it uses. */
const load: Readonly<Record<EngineName, () => Promise<unknown>>> = {
  async webgpu() {
    // What answers may still have no adapter: a browser with WebGPU on a machine without a GPU.
    const adapter = await navigator.gpu?.requestAdapter();
    if (adapter == null) throw new Error('no WebGPU adapter');
    // A GPU that the processor plays is ten times slower than WebAssembly.
    if (adapter.info.isFallbackAdapter || adapter.info.architecture === 'swiftshader') throw new Error('no GPU behind WebGPU');
    return import('@tensorflow/tfjs-backend-webgpu');
  },
  async wasm() {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // One thread: several need a page that is isolated across origins, which a plain file server does not send.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths(new URL('./', import.meta.url).href);
  },
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/** Starts the first engine of a list that works here. */
export async function startEngine(names: readonly EngineName[]): Promise<EngineName> {
  for (const name of names) {
    try {
      await load[name]();
      if (await tf.setBackend(name)) return name;
    } catch {
      // The next one may work; the last failure is told below.
    }
  }
  throw new Error(`no engine works in this browser, tried ${names.join(', ')}`);
}
