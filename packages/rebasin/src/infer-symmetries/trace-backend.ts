import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError } from '@basinlab/core';
import type { Axis } from './index-set.js';
import { restingLayout, type Layout, type Occurrence } from './kinds/layout.js';
import type { Form } from './kinds/linear-system.js';
import { layoutsOf, type LargerKind } from './kinds/op-layouts.js';
import type { IndexSet } from './index-set.js';
import { restrictNests } from './nests.js';
import { elementwiseRules } from './rules/elementwise.js';
import { rules } from './rules/index.js';
import { ruleContext, still, type Restriction, type Traced } from './traced.js';

/**
 * A TensorFlow.js backend that computes nothing: its tensors have a shape and labelled axes instead of numbers, its kernels are the rules of
 * `rules/`. It is current only while one function is traced; the tensors of other backends that the function closes over count as constants
 * whose entries stay where they are, and are not touched.
 */
const NAME = 'basinlab-symmetries';

class TraceBackend extends tf.KernelBackend {
  readonly restrictions: Restriction[] = [];
  /** Where it is asked how entries follow their units: what kind of element moves those, and who hears what ops demand. */
  following: Following | null = null;
  readonly #layouts = new Map<tf.DataId, Layout>();
  /** Tensors that some op has read. */
  readonly used = new Set<tf.DataId>();
  readonly #tensors = new Map<tf.DataId, Traced>();
  /** Numbers of the constants that the function made itself. */
  readonly #numbers = new Map<tf.DataId, tf.BackendValues>();

  /** A tensor whose axes are given. */
  make(traced: Traced): tf.TensorInfo {
    const dataId = {};
    this.#tensors.set(dataId, traced);
    return { dataId, shape: [...traced.shape], dtype: traced.dtype };
  }

  /** How entries of a tensor follow. */
  layout(dataId: tf.DataId, traced: Traced): Layout {
    return this.#layouts.get(dataId) ?? restingLayout(traced);
  }

  follow(dataId: tf.DataId, layout: Layout): void {
    this.#layouts.set(dataId, layout);
  }

  /** What is known of a kernel's input; a tensor of another backend is a constant. */
  read1({ dataId, shape, dtype }: tf.TensorInfo): Traced {
    this.used.add(dataId);
    return this.#tensors.get(dataId) ?? { shape, dtype, axes: shape.map((size) => still(size)) };
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const { dataId } = this.make({ shape, dtype, axes: shape.map((size, k) => axisOfConstant(values, shape, k, size)) });
    this.#numbers.set(dataId, values);
    return dataId;
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const values = this.#numbers.get(dataId);
    if (values === undefined) {
      throw new BasinlabError('inferSymmetries', 'a function that does not look at numbers', 'one that reads values of a tensor', {
        remedy: 'Branch on shapes and options only, or declare the axes by hand',
      });
    }
    return values;
  }

  override read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override move(dataId: tf.DataId, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    this.#tensors.set(dataId, { shape, dtype, axes: shape.map((size) => still(size)) });
    this.#numbers.set(dataId, values);
  }

  override disposeData(dataId: tf.DataId): boolean {
    this.#numbers.delete(dataId);
    return this.#tensors.delete(dataId);
  }

  override numDataIds = (): number => this.#tensors.size;
  override refCount = (): number => 1;
  override incRef = (): void => undefined;
  override memory = (): { unreliable: boolean } => ({ unreliable: true });
  override floatPrecision = (): 16 | 32 => 32;
  override epsilon = (): number => 1e-7;
  override dispose = (): void => undefined;
}

/** Numbers that are equal along an axis leave its entries free. */
function axisOfConstant(values: tf.BackendValues, shape: readonly number[], k: number, size: number): Axis {
  if (size === 1) return still(1);
  const inner = shape.slice(k + 1).reduce((product, length) => product * length, 1);
  for (let i = 0; i < values.length; i++) {
    if (Math.floor(i / inner) % size !== 0 && values[i] !== values[i - inner]) return still(size);
  }
  return 'uniform';
}

let registered = false;
function registerRules(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, rule] of rules) {
    tf.registerKernel({
      kernelName,
      backendName: NAME,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const trace = backend as TraceBackend;
        const given = Object.entries(inputs).filter(([, input]) => (input as tf.TensorInfo | null | undefined) != null);
        const known = Object.fromEntries(given.map(([name, input]) => [name, trace.read1(input as tf.TensorInfo)]));
        const result = rule(known, attrs ?? {}, ruleContext(kernelName, trace.restrictions));
        restrictNests(kernelName, Object.hasOwn(elementwiseRules, kernelName), Object.values(known), [result].flat());
        const outputs = [result].flat();
        const made = outputs.map((one) => trace.make(one));
        if (trace.following !== null) {
          const { kind, equate } = trace.following;
          const placed = given.map(([name, input]) => {
            const traced = known[name]!;
            return [name, { traced, layout: trace.layout((input as tf.TensorInfo).dataId, traced) }] as const;
          });
          const at = {
            kind,
            op: kernelName,
            attributes: attrs ?? {},
            equate,
            vanish: (...all: readonly Occurrence[]) => all.forEach(({ set, form }) => equate(set, form)),
          };
          layoutsOf(Object.fromEntries(placed), outputs, at).forEach((layout, i) => trace.follow(made[i]!.dataId, layout));
        }
        return Array.isArray(result) ? made : made[0]!;
      },
    });
  }
}

/** How entries are asked to follow their units. */
export interface Following {
  readonly kind: LargerKind;
  equate(set: IndexSet, form: Form): void;
}

export interface Tracing {
  /** Makes ops tell how entries follow, while `run` does. */
  following(how: Following, run: () => void): void;
  /** A tensor whose entries follow. */
  placed(traced: Traced, layout: Layout): tf.Tensor;
  /** A tensor whose axes are given, for a function to be traced. */
  tensor(traced: Traced): tf.Tensor;
  axesOf(tensor: tf.Tensor): readonly Axis[];
  isUsed(tensor: tf.Tensor): boolean;
  readonly restrictions: readonly Restriction[];
}

/**
 * Runs `f` with the tracing backend current, and puts things back as they were: the backend, and the number of tensors.
 * @throws BasinlabError where `f` uses an op without a rule
 */
export function withTracing<T>(f: (tracing: Tracing) => T): T {
  registerRules();
  const engine = tf.engine();
  const before = engine.backendName as string | null | undefined;
  const backend = new TraceBackend();
  tf.registerBackend(NAME, () => backend);
  // Both are synchronous for backends that exist: the promises only wrap what is done by then.
  void tf.setBackend(NAME);
  try {
    let result: { value: T } | undefined;
    tf.tidy(() => {
      const tracing: Tracing = {
        following(how, run) {
          backend.following = how;
          run();
          backend.following = null;
        },
        placed(traced, layout) {
          const info = backend.make(traced);
          backend.follow(info.dataId, layout);
          return engine.makeTensorFromTensorInfo(info, backend);
        },
        tensor: (traced) => engine.makeTensorFromTensorInfo(backend.make(traced), backend),
        axesOf: (tensor) => backend.read1(tensor).axes,
        isUsed: ({ dataId }) => backend.used.has(dataId),
        restrictions: backend.restrictions,
      };
      result = { value: f(tracing) };
    });
    return result!.value;
  } catch (error) {
    const [, op] = /^Kernel '(\w+)' not registered/.exec(error instanceof Error ? error.message : '') ?? [];
    if (op === undefined) throw error;
    throw new BasinlabError('inferSymmetries', 'ops with a known symmetry rule', op, {
      remedy: 'It is unsupported: write the function without it, or declare the axes by hand',
      cause: error,
    });
  } finally {
    if (before) void tf.setBackend(before);
    tf.removeBackend(NAME);
  }
}
