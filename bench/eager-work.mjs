import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

// What users of TensorFlow.js write, run by whatever backend is set: calls and a few training steps of `tfjs-layers`, outside any compiled function.

const CHAIN = 100;
const STEPS = 20;

/** Name of a piece of eager work -> () => { work, count: calls or steps of one turn, end }. */
export const eagerWork = {
  'eager-small': () => chain([32, 32]),
  'eager-large': () => chain([1024, 1024]),
  'eager-layers-mlp': () => training(perceptron(), [64, 784]),
  'eager-layers-cnn': () => training(convolutions(), [32, 28, 28, 1]),
};

/** Elementwise calls, broadcasts, reductions and a few small products, each on the result of the one before. */
function chain(shape) {
  const start = tf.randomUniform(shape, -1, 1, 'float32', 1);
  const weights = tf.randomUniform([shape[1], 32], -1, 1, 'float32', 2);
  const back = tf.randomUniform([32, shape[1]], -0.1, 0.1, 'float32', 3);
  const bias = tf.randomUniform([shape[1]], -1, 1, 'float32', 4);
  const round = [
    (x) => tf.add(x, bias),
    (x) => tf.relu(x),
    (x) => tf.mul(x, 0.5),
    (x) => tf.sub(x, tf.mean(x, 1, true)),
    (x) => tf.matMul(tf.matMul(x, weights), back),
    (x) => tf.tanh(x),
    (x) => tf.reshape(tf.transpose(x), shape),
    (x) => tf.maximum(x, start),
  ];
  const calls = Array.from({ length: CHAIN }, (_, i) => round[i % round.length]);
  const work = async () => {
    const result = tf.tidy(() => tf.sum(calls.reduce((x, call) => call(x), start)));
    await result.data();
    result.dispose();
  };
  return { work, count: CHAIN, end: () => tf.dispose([start, weights, back, bias]) };
}

function training(model, shape) {
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy' });
  const images = tf.randomUniform(shape, 0, 1, 'float32', 5);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: shape[0] }, (_, i) => i % 10),
      'int32',
    ),
    10,
  );
  const work = async () => {
    for (let step = 0; step < STEPS; step++) await model.trainOnBatch(images, labels);
  };
  return { work, count: STEPS, end: () => (model.dispose(), tf.dispose([images, labels])) };
}

const perceptron = () =>
  sequential({
    layers: [
      layers.dense({ inputShape: [784], units: 128, activation: 'relu' }),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });

const convolutions = () =>
  sequential({
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
