import type { Graph, Network, Split, SymmetryTransform, Task, Trajectory, Variables } from '../contracts/index.js';

/** A model that is measured: by name alone where only its activations are known. */
export interface SubjectModel {
  readonly name: string;
  /** As trained, and with constants absorbed; see `MeasurementNeeds.weights`. A model that was moved by an alignment has `standard` only. */
  readonly raw?: Variables;
  readonly standard?: Variables;
}

/** What rows are about, beside the axes of the measurement: `model`, `pair`, `alignment`, `epoch`, `split`, ... */
export type Labels = Readonly<Record<string, string | number | null>>;

/** What is measured: one model, a pair, a population or a trajectory, with the labels of its rows. */
export type Subject = { readonly labels: Labels } & (
  | { readonly of: 'model'; readonly model: SubjectModel }
  | {
      readonly of: 'pair';
      readonly a: SubjectModel;
      readonly b: SubjectModel;
      readonly alignment: string;
      /** What moved `b`. */
      readonly transform?: SymmetryTransform;
    }
  | { readonly of: 'population'; readonly models: readonly SubjectModel[] }
  | { readonly of: 'trajectory'; readonly trajectory: Trajectory<SubjectModel> }
);

/** The two forms of the network that the models belong to. */
export interface Networks {
  readonly raw: Network;
  readonly standard: Network;
}

/** Labelled examples for measurements that take a loss. */
export interface SubjectExamples {
  /** The split that is measured on. */
  readonly examples: Split;
  readonly task: Task;
  readonly graph?: Graph;
  readonly splits: Readonly<Record<string, Split>>;
}

/** Models whose activations are recorded together because a measurement looks at them together. */
export const modelsOf = (subject: Subject): readonly SubjectModel[] => {
  switch (subject.of) {
    case 'model':
      return [subject.model];
    case 'pair':
      return [subject.a, subject.b];
    case 'population':
      return subject.models;
    case 'trajectory':
      return [];
    default:
      return subject satisfies never;
  }
};
