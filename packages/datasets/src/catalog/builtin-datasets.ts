import { cifar10 } from '../cifar/cifar10.js';
import { cifar100 } from '../cifar/cifar100.js';
import { mnistRotated } from '../coherence/mnist-rotated.js';
import { fashionMnist } from '../fashion-mnist/fashion-mnist.js';
import { gaussianBlobs } from '../gaussian-blobs.js';
import { ogbnArxiv } from '../graph/ogbn-arxiv.js';
import { imageFolder } from '../image-folder/image-folder.js';
import { mnist } from '../mnist/mnist.js';
import { gaussianSubspace } from '../subspace/gaussian-subspace.js';
import { multilabelSubspace } from '../subspace/multilabel-subspace.js';
import { paritySubspace } from '../subspace/parity-subspace.js';
import { table } from '../table/table.js';
import { text } from '../text/text.js';
import { tinyShakespeare } from '../text/tiny-shakespeare.js';

/** Every data set of this package, for a composition root to register. */
export const builtinDatasets = [
  mnist,
  mnistRotated,
  fashionMnist,
  cifar10,
  cifar100,
  ogbnArxiv,
  gaussianSubspace,
  multilabelSubspace,
  paritySubspace,
  gaussianBlobs,
  table,
  text,
  imageFolder,
  tinyShakespeare,
] as const;
