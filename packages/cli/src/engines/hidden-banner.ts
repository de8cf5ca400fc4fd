import * as tf from '@tensorflow/tfjs-core';

/** The cpu backend greets on its first write in Node and recommends an engine that this command chooses by itself: let it greet unheard. */
export function greetUnheard(): void {
  const flags = tf.env();
  const before = flags.getBool('IS_TEST');
  flags.set('IS_TEST', true);
  tf.scalar(0).dispose();
  flags.set('IS_TEST', before);
}
