import type { DataTerm } from './data-term.js';
import { effectiveWeights, penalties, type RidgeProblem } from './problem.js';

/** Where a descent ended, per pair. */
export interface DescentEnd {
  /** Trained weights [pairs, inputs] after the last step. */
  readonly trained: Float64Array;
  readonly dataTerms: Float64Array;
  readonly penalties: Float64Array;
  readonly converged: readonly boolean[];
}

/** The objective data term + penalty at trained weights and biases, its gradient by [trained..., bias] in rows of inputs + 1. */
async function objectiveAt(problem: RidgeProblem, term: DataTerm, point: Float64Array) {
  const { inputs, scale } = problem;
  const count = problem.pairs.length;
  const trained = new Float64Array(count * inputs);
  const bias = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    trained.set(point.subarray(row * (inputs + 1), row * (inputs + 1) + inputs), row * inputs);
    bias[row] = point[row * (inputs + 1) + inputs]!;
  }
  const found = await term.evaluate(effectiveWeights(problem, trained), bias);
  const gradient = new Float64Array(point.length);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < inputs; i++) {
      const at = row * inputs + i;
      if (scale[at] !== 0) gradient[row * (inputs + 1) + i] = scale[at]! * found.weights[at]! + 2 * trained[at]!;
    }
    gradient[row * (inputs + 1) + inputs] = found.bias[row]!;
  }
  return { trained, gradient, dataTerms: found.values, penalties: penalties(problem, trained) };
}

function startOf({ pairs, inputs, start, startBias }: RidgeProblem): Float64Array {
  const point = new Float64Array(pairs.length * (inputs + 1));
  pairs.forEach((_, row) => {
    point.set(start.subarray(row * inputs, (row + 1) * inputs), row * (inputs + 1));
    point[row * (inputs + 1) + inputs] = startBias[row]!;
  });
  return point;
}

/**
 * The reference's descent: Adam (0.9, 0.999, epsilon 1e-8, no decay) on every pair for a fixed number of steps. The reported terms are those of the
 * last iteration before its step, the weights those after.
 */
export async function adamDescent(
  problem: RidgeProblem,
  term: DataTerm,
  { iterations, learningRate }: { iterations: number; learningRate: number },
): Promise<DescentEnd> {
  const point = startOf(problem);
  const first = new Float64Array(point.length);
  const second = new Float64Array(point.length);
  let last: Awaited<ReturnType<typeof objectiveAt>> | undefined;
  for (let step = 1; step <= iterations; step++) {
    last = await objectiveAt(problem, term, point);
    const [correctFirst, correctSecond] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (let at = 0; at < point.length; at++) {
      const slope = last.gradient[at]!;
      first[at] = 0.9 * first[at]! + 0.1 * slope;
      second[at] = 0.999 * second[at]! + 0.001 * slope * slope;
      point[at]! -= (learningRate * first[at]!) / correctFirst / (Math.sqrt(second[at]! / correctSecond) + 1e-8);
    }
  }
  last ??= await objectiveAt(problem, term, point);
  const { inputs, pairs } = problem;
  const trained = new Float64Array(pairs.length * inputs);
  pairs.forEach((_, row) => trained.set(point.subarray(row * (inputs + 1), row * (inputs + 1) + inputs), row * inputs));
  return { trained, dataTerms: last.dataTerms, penalties: last.penalties, converged: pairs.map(() => false) };
}

const MEMORY = 20;
const SUFFICIENT = 1e-4;

/**
 * Limited-memory BFGS (Nocedal 1980; Armijo steps by halving) on every pair at once: one evaluation serves all, each pair accepts or shortens its own
 * step. A pair has converged when the largest entry of its gradient is at most `tolerance` * (1 + objective), or when no step of the
 * precision at hand lowers its objective any more.
 */
export async function quasiNewtonDescent(
  problem: RidgeProblem,
  term: DataTerm,
  { iterations, tolerance }: { iterations: number; tolerance: number },
): Promise<DescentEnd> {
  const width = problem.inputs + 1;
  const count = problem.pairs.length;
  let point = startOf(problem);
  let now = await objectiveAt(problem, term, point);
  const valueOf = (at: typeof now, row: number): number => at.dataTerms[row]! + at.penalties[row]!;
  const searches = problem.pairs.map((_, row) => new Search(now.gradient.slice(row * width, (row + 1) * width)));
  const settle = (row: number): void => {
    const search = searches[row]!;
    const steepest = search.gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    search.done ||= steepest <= tolerance * (1 + valueOf(now, row));
  };
  searches.forEach((_, row) => settle(row));
  for (let iteration = 0; iteration < iterations && searches.some(({ done }) => !done); iteration++) {
    const trial = point.slice();
    searches.forEach(({ done, direction, step }, row) => {
      if (!done) for (let i = 0; i < width; i++) trial[row * width + i]! += step * direction[i]!;
    });
    const next = await objectiveAt(problem, term, trial);
    for (let row = 0; row < count; row++) {
      const search = searches[row]!;
      const [from, to] = [row * width, (row + 1) * width];
      if (!search.done && valueOf(next, row) <= valueOf(now, row) + SUFFICIENT * search.step * search.slope) {
        search.accept(next.gradient.slice(from, to));
        now.dataTerms[row] = next.dataTerms[row]!;
        now.penalties[row] = next.penalties[row]!;
        settle(row);
        continue;
      }
      trial.set(point.subarray(from, to), from);
      if (!search.done) search.shorten();
    }
    point = trial;
  }
  now = { ...now, trained: new Float64Array(count * problem.inputs) };
  searches.forEach((_, row) => now.trained.set(point.subarray(row * width, row * width + problem.inputs), row * problem.inputs));
  return { trained: now.trained, dataTerms: now.dataTerms, penalties: now.penalties, converged: searches.map(({ done }) => done) };
}

/** One pair's search: gradient, direction, step and the memory of past steps. */
class Search {
  done = false;
  step: number;
  direction: Float64Array;
  private readonly memory: { moved: Float64Array; turned: Float64Array; product: number }[] = [];

  constructor(public gradient: Float64Array) {
    this.direction = gradient.map((slope) => -slope);
    this.step = Math.min(1, 1 / Math.sqrt(dot(gradient, gradient) || 1));
  }

  /** Derivative of the objective along the direction. */
  get slope(): number {
    return dot(this.gradient, this.direction);
  }

  accept(gradient: Float64Array): void {
    const moved = this.direction.map((value) => value * this.step);
    const turned = gradient.map((slope, i) => slope - this.gradient[i]!);
    const product = dot(moved, turned);
    this.gradient = gradient;
    // Only steps along which the slope grew tell of a positive curvature.
    if (product > 1e-12 * dot(turned, turned)) this.memory.push({ moved, turned, product });
    if (this.memory.length > MEMORY) this.memory.shift();
    this.turn();
  }

  shorten(): void {
    this.step /= 2;
    if (this.step > 1e-8) return;
    // The memory may mislead; without any, the steepest descent is what is left to try.
    if (this.memory.length === 0) this.done = true;
    this.memory.length = 0;
    this.turn();
  }

  private turn(): void {
    const direction = this.gradient.slice();
    const factors: number[] = [];
    for (let at = this.memory.length - 1; at >= 0; at--) {
      const { moved, turned, product } = this.memory[at]!;
      factors[at] = dot(moved, direction) / product;
      add(direction, turned, -factors[at]!);
    }
    const latest = this.memory.at(-1);
    const scale = latest === undefined ? 1 : latest.product / dot(latest.turned, latest.turned);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
    this.memory.forEach(({ moved, turned, product }, at) => add(direction, moved, factors[at]! - dot(turned, direction) / product));
    this.direction = direction.map((value) => -value);
    this.step = latest === undefined ? Math.min(1, 1 / Math.sqrt(dot(this.gradient, this.gradient) || 1)) : 1;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * from[i]!;
}
