import { CIFAR100_FILES, CIFAR10_FILES } from '../cifar/files.js';
import type { CifarFiles } from '../cifar/files.js';
import { FASHION_MNIST_FILES } from '../fashion-mnist/files.js';
import { TINY_SHAKESPEARE_FILE } from '../text/tiny-shakespeare.js';
import type { RemoteFile } from './download.js';

/** A file as it is published, under the name that it gets in the cache. */
export interface SourceFile extends RemoteFile {
  readonly name: string;
}

/** Where the files of a data set are published, under which terms, and what is left of them in the cache. */
export interface DatasetSource {
  readonly licence: string;
  readonly homepage: string;
  readonly files: readonly SourceFile[];
  /** The files are archives: their wanted members, by name without folders, take their place. */
  readonly unpack?: { readonly kind: 'tar' | 'zip'; readonly members: readonly string[] };
}

const fashionFile = ({ name, gzipSha256 }: { name: string; gzipSha256: string }, bytes: number): SourceFile => ({
  name: `${name}.gz`,
  url: `https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/${name}.gz`,
  bytes,
  checksum: { algorithm: 'sha256', hex: gzipSha256 },
});

const cifar = ({ archive, train, test }: CifarFiles, bytes: number): DatasetSource => ({
  licence: 'no licence stated; cite Krizhevsky 2009',
  homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  files: [
    {
      name: archive.name,
      url: `https://www.cs.toronto.edu/~kriz/${archive.name}`,
      bytes,
      checksum: { algorithm: 'md5', hex: archive.md5 },
    },
  ],
  unpack: { kind: 'tar', members: [...train, test].map(({ name }) => name) },
});

/** The data sets that can be fetched, by id. */
export const DATASET_SOURCES: Readonly<Record<string, DatasetSource>> = {
  'fashion-mnist': {
    licence: 'MIT',
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    files: [
      fashionFile(FASHION_MNIST_FILES.trainImages, 26_421_880),
      fashionFile(FASHION_MNIST_FILES.trainLabels, 29_515),
      fashionFile(FASHION_MNIST_FILES.testImages, 4_422_102),
      fashionFile(FASHION_MNIST_FILES.testLabels, 5_148),
    ],
  },
  'tiny-shakespeare': {
    licence: 'public domain',
    homepage: 'https://github.com/karpathy/char-rnn',
    files: [
      {
        name: TINY_SHAKESPEARE_FILE.name,
        url: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
        bytes: 1_115_394,
        checksum: { algorithm: 'sha256', hex: TINY_SHAKESPEARE_FILE.sha256 },
      },
    ],
  },
  cifar10: cifar(CIFAR10_FILES, 170_052_171),
  cifar100: cifar(CIFAR100_FILES, 168_513_733),
  'ogbn-arxiv': {
    licence: 'ODC-BY 1.0',
    homepage: 'https://ogb.stanford.edu/docs/nodeprop/',
    files: [
      {
        name: 'arxiv.zip',
        url: 'https://snap.stanford.edu/ogb/data/nodeproppred/arxiv.zip',
        checksum: { algorithm: 'sha256', hex: '49f85c801589ecdcc52cfaca99693aaea7b8af16a9ac3f41dd85a5f3193fe276' },
      },
    ],
    unpack: {
      kind: 'zip',
      members: [
        'raw/edge.csv.gz',
        'raw/node-feat.csv.gz',
        'raw/node-label.csv.gz',
        'split/time/train.csv.gz',
        'split/time/valid.csv.gz',
        'split/time/test.csv.gz',
      ],
    },
  },
};
