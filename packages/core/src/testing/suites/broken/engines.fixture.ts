import * as tf from '@tensorflow/tfjs-core';
import { engineContract } from '../engine.js';
import { tinyEngine } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyEngine;

const contract = (change: Partial<Tiny>) => engineContract({ ...tinyEngine, ...change });
const describes = 'becomes the current backend each time it starts and describes itself in JSON';
const info = (change: object): Partial<Tiny> => ({ start: async () => ({ ...(await tinyEngine.start()), ...change }) });

/** A kernel that is wrong the first time. */
const wrongKernel = (
  kernelName: string,
  wrong: (given: tf.NamedTensorInfoMap) => tf.TensorInfo,
  kernel?: tf.KernelConfig,
): Partial<Tiny> => ({
  async start() {
    const started = await tinyEngine.start();
    const right = (kernel ??= tf.getKernel(kernelName, 'cpu'));
    tf.unregisterKernel(kernelName, 'cpu');
    let pending = true;
    tf.registerKernel({
      ...right,
      kernelFunc(given) {
        if (pending) {
          pending = false;
          tf.unregisterKernel(kernelName, 'cpu');
          tf.registerKernel(right);
        }
        return wrong(given.inputs);
      },
    });
    return started;
  },
});

/** Reads the first tensors without the sign of their zeros. */
const unsigned: Partial<Tiny> = {
  async start() {
    const started = await tinyEngine.start();
    const backend = tf.backend();
    const { read } = backend;
    backend.read = async (id) => {
      backend.read = read;
      return Float32Array.from((await read.call(backend, id)) as Float32Array, (value) => value + 0);
    };
    return started;
  },
};

/** The plain JavaScript backend. */
export const engines: Collection = {
  family: 'engine',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    ['one that is not there', 'says in words what it found', { status: async () => ({ available: false, detail: 'no library' }) }],
    ['one that says nothing', 'says in words what it found', { status: async () => ({ available: true, detail: '' }) }],
    ['one that does not become the backend', describes, info({ backend: 'other' })],
    ['another id than its own', describes, info({ id: 'gpu' })],
    ['a platform in words', describes, info({ platform: 'My GPU' })],
    ['details that are not JSON', describes, info({ details: { devices: NaN } })],
    ['zeros without their sign', 'keeps float32, int32 and bool values, also empty ones', unsigned],
    [
      'a product that is wrong',
      'computes a layer and its gradient as written out by hand',
      wrongKernel('BatchMatMul', ({ a, b }) => tf.zeros([a!.shape.at(-2)!, b!.shape.at(-1)!])),
    ],
  ]),
};
