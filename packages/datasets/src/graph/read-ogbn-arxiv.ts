import { BasinlabError, demand } from '@basinlab/core';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readNumbers } from './read-numbers.js';

/** ogbn-arxiv as it is published. */
export interface RawGraph {
  readonly nodes: number;
  /** [nodes, width] */
  readonly features: Float32Array;
  readonly width: number;
  /** [nodes] */
  readonly labels: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Nodes of each part. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

const ID = 'ogbn-arxiv';

/** The file that tells a folder of the set from another. */
export const LABELS_FILE = join('raw', 'node-label.csv.gz');

/** The folder with `raw` and `split`: `directory` itself, or `arxiv` in it; null where neither is. */
export async function findOgbnArxiv(directory: string): Promise<string | null> {
  for (const folder of [directory, join(directory, 'arxiv')]) {
    for (const name of [LABELS_FILE, LABELS_FILE.replace(/\.gz$/, '')]) {
      if ((await stat(join(folder, name)).catch(() => null)) !== null) return folder;
    }
  }
  return null;
}

/** Reads the csv files of a folder, gzipped or not, row by row; nodes and parts are checked against each other. */
export async function readOgbnArxiv(
  directory: string,
  { width, classes, remedy }: { width: number; classes: number; remedy: string },
): Promise<RawGraph> {
  const folder = await findOgbnArxiv(directory);
  if (folder === null) throw new BasinlabError(ID, `${LABELS_FILE} in a folder`, `none at ${directory}`, { remedy });
  const table = (name: string, columns: number, onNumber: (value: number) => void) =>
    readNumbers(join(folder, `${name}.csv`), `${ID}/${name}.csv`, columns, remedy, onNumber);
  const integers = async (name: string, columns: number, bound: number): Promise<Int32Array> => {
    const values = growing();
    await table(name, columns, (value) => {
      const isIndex = Number.isInteger(value) && value >= 0 && value < bound;
      if (!isIndex) demand(false, `${ID}/${name}.csv`, `whole numbers from 0 to ${bound - 1}`, value, remedy);
      values.push(value);
    });
    return values.end();
  };
  const labels = await integers('raw/node-label', 1, classes);
  const nodes = labels.length;
  const features = new Float32Array(nodes * width);
  let filled = 0;
  const { rows } = await table('raw/node-feat', width, (value) => (features[filled++] = value));
  demand(rows === nodes, `${ID}/raw/node-feat.csv`, `${nodes} rows, one for each label`, rows, remedy);
  const ends = await integers('raw/edge', 2, nodes);
  const edges = ends.length / 2;
  const side = (at: number): Int32Array => Int32Array.from({ length: edges }, (_, edge) => ends[2 * edge + at]!);
  const [from, to] = [side(0), side(1)];
  const part = (name: string): Promise<Int32Array> => integers(`split/time/${name}`, 1, nodes);
  const parts = { train: await part('train'), validation: await part('valid'), test: await part('test') };
  requireDisjoint(Object.values(parts), nodes, remedy);
  return { nodes, features, width, labels, from, to, ...parts };
}

function requireDisjoint(parts: readonly Int32Array[], nodes: number, remedy: string): void {
  const seen = new Uint8Array(nodes);
  for (const part of parts) {
    demand(part.length > 0, ID, 'nodes in each part', 0, remedy);
    for (const node of part) {
      demand(seen[node] === 0, ID, 'each node in one part at most', node, remedy);
      seen[node] = 1;
    }
  }
}

/** Whole numbers of unknown count, without boxing them. */
function growing(): { push(value: number): void; end(): Int32Array } {
  let values = new Int32Array(1 << 16);
  let count = 0;
  return {
    push(value) {
      if (count === values.length) {
        const wider = new Int32Array(2 * count);
        wider.set(values);
        values = wider;
      }
      values[count++] = value;
    },
    end: () => values.slice(0, count),
  };
}
