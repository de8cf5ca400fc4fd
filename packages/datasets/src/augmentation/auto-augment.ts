import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { device } from '@basinlab/core/random';
import type { Normalization } from '../images/normalize-images.js';
import { autoAugmentPolicies, type PolicyStep } from './auto-augment-policies.js';
import { levelChanges, type LevelChange } from './level-changes.js';

const spread = (from: number, to: number): ((magnitude: number) => number) => {
  return (magnitude) => from + ((to - from) * magnitude) / 9;
};

/** Magnitudes of operations from those of a policy, 0 to 9, for images of `height` and `width`; the sign of some is drawn. As in torchvision. */
const magnitudesOf = (
  height: number,
  width: number,
): Readonly<Partial<Record<LevelChange, { of(magnitude: number): number; isSigned: boolean }>>> => {
  const signed = (to: number) => ({ of: spread(0, to), isSigned: true });
  return {
    ...{ ShearX: signed(0.3), ShearY: signed(0.3), Rotate: signed(30) },
    ...{ TranslateX: signed((150 / 331) * width), TranslateY: signed((150 / 331) * height) },
    ...{ Brightness: signed(0.9), Color: signed(0.9), Contrast: signed(0.9), Sharpness: signed(0.9) },
    Posterize: { of: (magnitude) => 8 - Math.round((magnitude * 4) / 9), isSigned: false },
    Solarize: { of: spread(255, 0), isSigned: false },
  };
};

/**
 * AutoAugment with the policies found on ImageNet or CIFAR-10: one of 25 for every image, of two operations that are each done with a share of its own. As
 * torchvision's on images of 8-bit levels: `(key int32 [2], normalised images [batch, height, width, 3])` -> the same shape. A pure function of tensors: it runs inside
 * `jit` and `vmap`, and computes every operation that the policies have for all images.
 */
export function autoAugment(
  policy: keyof typeof autoAugmentPolicies,
  { mean, deviation }: Normalization,
): (key: Tensor, images: Tensor) => Tensor {
  const policies = autoAugmentPolicies[policy];
  return (key, images) =>
    tf.tidy(() => {
      demand(
        images.rank === 4 && images.shape[3] === 3 && mean.length === 3,
        'autoAugment',
        'images [batch, height, width, 3]',
        images.shape,
      );
      const [batch, height, width] = images.shape as [number, number, number];
      const [scale, shift] = [tf.tensor1d([...deviation]), tf.tensor1d([...mean])];
      const chosen = device.randomInt(device.childKey(key, 'policy'), [batch], 0, policies.length) as tf.Tensor1D;
      const levels = tf.round(tf.mul(tf.clipByValue(tf.add(tf.mul(images, scale), shift), 0, 1), 255));
      const changed = [0, 1].reduce((x, turn) => {
        const steps = policies.map((pair) => pair[turn]!);
        const draw = (name: string): Tensor => device.uniform(device.childKey(device.childKey(key, name), String(turn)), [batch]);
        return change(x, steps, chosen, { share: draw('share'), sign: draw('sign'), magnitudes: magnitudesOf(height, width) });
      }, levels as Tensor);
      return tf.div(tf.sub(tf.div(changed, 255), shift), scale);
    });
}

interface Draws {
  /** Uniform on [0, 1), [batch] each. */
  readonly share: Tensor;
  readonly sign: Tensor;
  readonly magnitudes: ReturnType<typeof magnitudesOf>;
}

/** One operation for every image: that of its policy. */
function change(x: Tensor, steps: readonly PolicyStep[], chosen: tf.Tensor1D, { share, sign, magnitudes }: Draws): Tensor {
  const names = [...new Set(steps.map(([name]) => name))];
  const ofPolicy = (f: (step: PolicyStep) => number): Tensor => tf.gather(tf.tensor1d(steps.map(f)), chosen);
  const which = ofPolicy(([name]) => names.indexOf(name));
  const isDone = tf.less(
    share,
    ofPolicy(([, often]) => often),
  );
  const size = ofPolicy(([name, , magnitude]) => (magnitude === undefined ? 0 : magnitudes[name]!.of(magnitude)));
  const isTurned = tf.logicalAnd(
    tf.less(sign, 0.5),
    tf.greater(
      ofPolicy(([name]) => Number(magnitudes[name]?.isSigned ?? false)),
      0.5,
    ),
  );
  const perImage = (values: Tensor): Tensor => tf.reshape(values, [x.shape[0]!, 1, 1, 1]);
  const by = perImage(tf.where(isTurned, tf.neg(size), size));
  return names.reduce((result, name, at) => {
    const isThis = perImage(tf.logicalAnd(isDone, tf.equal(which, at)));
    return tf.where(isThis, levelChanges[name](x, by), result);
  }, x);
}
