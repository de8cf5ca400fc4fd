import type { KnownFile } from '../files/known-file.js';

/** A set in the binary format of CIFAR: how it is published, and its files. */
export interface CifarFiles {
  readonly archive: { readonly name: string; readonly md5: string };
  /** The folder inside the archive. */
  readonly folder: string;
  readonly train: readonly KnownFile[];
  readonly test: KnownFile;
}

/** CIFAR-10 (Krizhevsky 2009), with the checksums of the published archive and of the files in it. */
export const CIFAR10_FILES: CifarFiles = {
  archive: { name: 'cifar-10-binary.tar.gz', md5: 'c32a1d4ab5d03f1284b67883e8d87530' },
  folder: 'cifar-10-batches-bin',
  train: [
    { name: 'data_batch_1.bin', bytes: 30_730_000, md5: '5dd7e06a14cb22eb9f671a540d1b7c25' },
    { name: 'data_batch_2.bin', bytes: 30_730_000, md5: '5ea93a67294ea407fff1d09f752e9692' },
    { name: 'data_batch_3.bin', bytes: 30_730_000, md5: '942cd6a4bcdd0dd3c604fbe906cb4421' },
    { name: 'data_batch_4.bin', bytes: 30_730_000, md5: 'ae636b3ba5c66a11e91e8cb52e771fcb' },
    { name: 'data_batch_5.bin', bytes: 30_730_000, md5: '53f37980c15c3d472c316c40844f3f0d' },
  ],
  test: { name: 'test_batch.bin', bytes: 30_730_000, md5: '803d5f7f4d78ea53de84dbe85f74fb6d' },
};

/** CIFAR-100 (Krizhevsky 2009), likewise. */
export const CIFAR100_FILES: CifarFiles = {
  archive: { name: 'cifar-100-binary.tar.gz', md5: '03b5dce01913d631647c71ecec9e9cb8' },
  folder: 'cifar-100-binary',
  train: [{ name: 'train.bin', bytes: 153_700_000, md5: '6172c7755cfe09b2fe270c85cebc1b15' }],
  test: { name: 'test.bin', bytes: 30_740_000, md5: '4499cfba6c016c1be1438163640a0898' },
};
