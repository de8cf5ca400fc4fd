import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Graph, Split } from '@basinlab/core';
import { demand } from '@basinlab/core';
import { z } from 'zod';
import { datasetFolder } from '../files/dataset-folder.js';
import { disposeSplits } from '../images/load-images.js';
import { findOgbnArxiv, readOgbnArxiv } from './read-ogbn-arxiv.js';
import type { RawGraph } from './read-ogbn-arxiv.js';
import { sortEdges } from './sorted-edges.js';

const options = z.strictObject({
  /** The unpacked folder, with `raw` and `split`, or the folder around it. Default: where `basinlab data fetch ogbn-arxiv` puts them. */
  directory: z.string().optional(),
  /** Whether each citation is also an edge from the cited paper, as the reference has it. */
  undirected: z.boolean().default(true),
  /** Whether there must be as many nodes, citations and samples as are published: the publisher has checksums of the archive only. */
  verify: z.boolean().default(true),
});

/** Options of `ogbn-arxiv`. */
export type OgbnArxivOptions = z.output<typeof options>;

/** What is published. */
const PUBLISHED = { nodes: 169_343, citations: 1_166_243, train: 90_941, validation: 29_799, test: 48_603 };
const CLASSES = 40;
const FEATURES = 128;
const REMEDY = 'Run `npx basinlab data fetch ogbn-arxiv`, or set options.directory to the unpacked folder arxiv';

/**
 * Citations between 169,343 papers of computer science: 128 numbers for the words of each, 40 subjects, and 1,166,243 citations. Papers up to
 * 2017 train, those of 2018 validate, later ones test. `graph` holds all papers and edges, and the samples of a part are its papers, `nodes`
 * in the graph. Hu et al. 2020 (arXiv 2005.00687).
 */
export const ogbnArxiv: Dataset<OgbnArxivOptions> = {
  id: 'ogbn-arxiv',
  summary: 'Citations between papers, 40 subjects (90,941 train, 29,799 validation, 48,603 test nodes)',
  options,
  async status() {
    const folder = await findOgbnArxiv(datasetFolder('ogbn-arxiv'));
    return folder === null ? { available: false, where: REMEDY } : { available: true, where: folder };
  },
  async load({ directory = datasetFolder('ogbn-arxiv'), undirected, verify }) {
    const raw = await readOgbnArxiv(directory, { width: FEATURES, classes: CLASSES, remedy: REMEDY });
    if (verify) requirePublished(raw);
    const graph = upload(raw, undirected);
    const labels = tf.tensor1d(raw.labels, 'int32');
    const part = (rows: Int32Array): Split => {
      const nodes = tf.tensor1d(rows, 'int32');
      return { inputs: tf.gather(graph.features, nodes), labels: tf.gather(labels, nodes), nodes };
    };
    const parts = { train: part(raw.train), validation: part(raw.validation), test: part(raw.test) };
    labels.dispose();
    return {
      ...parts,
      graph,
      classes: CLASSES,
      inputShape: [FEATURES],
      dispose: () => {
        disposeSplits(parts);
        tf.dispose([graph.features, graph.sources, graph.targets, graph.offsets, graph.degrees]);
      },
    };
  },
};

function requirePublished({ nodes, from, train, validation, test }: RawGraph): void {
  const got = { nodes, citations: from.length, train: train.length, validation: validation.length, test: test.length };
  const remedy = 'The files are cut off or others: fetch them again, or set options.verify to false to use files of your own';
  demand(
    JSON.stringify(got) === JSON.stringify(PUBLISHED),
    'ogbn-arxiv',
    `the published numbers ${JSON.stringify(PUBLISHED)}`,
    got,
    remedy,
  );
}

function upload({ nodes, features, width, from, to }: RawGraph, undirected: boolean): Graph {
  const { sources, targets, offsets } = sortEdges(from, to, nodes, { undirected });
  return {
    features: tf.tensor2d(features, [nodes, width]),
    sources: tf.tensor1d(sources, 'int32'),
    targets: tf.tensor1d(targets, 'int32'),
    offsets: tf.tensor1d(offsets, 'int32'),
    degrees: tf.tensor1d(Float32Array.from({ length: nodes }, (_, node) => offsets[node + 1]! - offsets[node]!)),
  };
}
