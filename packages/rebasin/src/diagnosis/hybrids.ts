import * as tf from '@tensorflow/tfjs-core';
import {
  demand,
  interpolateTensor,
  jit,
  map,
  type Graph,
  type Network,
  type Split,
  type Task,
  type Tensors,
  type Variables,
} from '@basinlab/core';
import { examplesOf, mapBatches, rowSums, tasks, type BatchSums, type Examples } from '@basinlab/core/training';

// Hybrids of two models: every parameter is a mixture whose share of the second model depends on where in the forward pass it is used. Between a first part
// from A and a last part from B lies a map that is applied at run time; with a share of one half everywhere weights are averaged. This needs an architecture that reads each parameter
// where it uses it: one that reads all of them at first has but one part.

/** Where a forward pass is cut: behind an activation that belongs to a symmetry group. */
export interface Cut {
  readonly layer: string;
  readonly group: string;
}

/** A hybrid: shares of the second model. */
export interface Hybrid {
  /** Of the parts before the first cut, between cuts, and behind the last: one more than there are cuts. */
  readonly shares: readonly number[];
  /** Of parameters of norms, in place of those of their parts. Default: as their parts. */
  readonly norms?: number;
}

/** Compiled evaluation of hybrids. */
export interface HybridEvaluator {
  readonly cuts: readonly Cut[];
  /** Mean loss of each hybrid on a split, and percent of right decisions. */
  evaluate(a: Variables, b: Variables, hybrids: readonly Hybrid[], split: Split): Promise<readonly { loss: number; accuracy: number }[]>;
  dispose(): void;
}

/** Batches and task. */
export interface HybridOptions {
  /** Rows per batch. Default 500. */
  readonly batch?: number;
  /** Default `classification`. */
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
}

/** The cuts of a network, in the order of its forward pass, found by running it on an example. */
export function cutsOf(network: Network, variables: Variables, split: Split, graph?: Graph): readonly Cut[] {
  const cuts: Cut[] = [];
  tf.tidy(() => {
    const { inputs, ...around } = examplesOf(network, split, graph);
    network.apply(variables, network.input === 'nodes' ? inputs : tf.slice(inputs, 0, 1), {
      ...(around.graph && { graph: around.graph }),
      tap: ({ layer, site, group }) => {
        if (site === 'post-activation' && group !== null) cuts.push({ layer, group });
      },
    });
  });
  demand(cuts.length > 0, 'diagnosis', 'a network with activations that belong to a symmetry group', 'none');
  return cuts;
}

/** Compiles hybrids of two models of a standard network, one program for any number of them. */
export function createHybridEvaluator({ standard: network }: Network, cuts: readonly Cut[], options: HybridOptions = {}): HybridEvaluator {
  const { batch = 500, task = 'classification', graph } = options;
  const norms = new Set(network.params.flatMap(({ name, role }) => (role === 'norm' ? [name] : [])));
  const program = jit(
    (a: Variables, b: Variables, shares: tf.Tensor, ofNorms: tf.Tensor, examples: Examples): BatchSums =>
      mapBatches(network, examples, batch, (part) =>
        map(
          (at: { shares: tf.Tensor; norms: tf.Tensor }) => {
            const hybrid = hybridOf(a, b, tf.unstack(at.shares) as tf.Scalar[], { names: norms, share: at.norms as tf.Scalar });
            return rowSums(
              { ...network, apply: (_, x, settings) => network.apply(hybrid.variables, x, { ...settings, tap: hybrid.tap }) },
              a,
              part,
              task,
            );
          },
          { shares, norms: ofNorms },
        ),
      ),
    { name: 'hybrids' },
  );
  return {
    cuts,
    async evaluate(a, b, hybrids, split) {
      const wrong = hybrids.find(({ shares }) => shares.length !== cuts.length + 1);
      demand(wrong === undefined, 'diagnosis', `${cuts.length + 1} shares`, wrong?.shares.length);
      const examples = examplesOf(network, split, graph);
      const shares = tf.tensor2d(hybrids.map((hybrid) => [...hybrid.shares]));
      // Below 0: as their parts.
      const ofNorms = tf.tensor1d(hybrids.map((hybrid) => hybrid.norms ?? -1));
      const sums = program(a, b, shares, ofNorms, examples);
      const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
      tf.dispose([shares, ofNorms, sums.loss, sums.correct]);
      const rows = examples.inputs.shape[0]!;
      const of = (values: ArrayLike<number>, hybrid: number): number =>
        Array.from(values)
          .filter((_, at) => at % hybrids.length === hybrid)
          .reduce((sum, value) => sum + value, 0) / rows;
      const decisions = tasks[task].decisionsPerRow(examples.labels);
      return hybrids.map((_, hybrid) => ({ loss: of(losses, hybrid), accuracy: (100 * of(correct, hybrid)) / decisions }));
    },
    dispose: () => program.dispose(),
  };
}

/** Variables whose entries are mixed when they are read, by how many cuts the pass has gone through, which `tap` counts. */
function hybridOf(
  a: Variables,
  b: Variables,
  shares: readonly tf.Scalar[],
  norms: { readonly names: ReadonlySet<string>; readonly share: tf.Scalar },
): { variables: Variables; tap: NonNullable<NonNullable<Parameters<Network['apply']>[2]>['tap']> } {
  let passed = 0;
  const mixed = (first: Tensors, second: Tensors): Tensors =>
    new Proxy(first, {
      get(target, name: string) {
        const [x, y] = [target[name], second[name]];
        if (x === undefined || y === undefined) return x;
        const own = shares[passed]!;
        const share = norms.names.has(name) ? tf.where(tf.less(norms.share, 0), own, norms.share) : own;
        return interpolateTensor(x, y, share);
      },
    });
  return {
    variables: { params: mixed(a.params, b.params), state: mixed(a.state, b.state), constants: a.constants },
    tap: ({ site, group }) => {
      if (site === 'post-activation' && group !== null) passed++;
    },
  };
}
