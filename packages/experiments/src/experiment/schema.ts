import { z } from 'zod';

const count = z.number().int().positive();
const options = z.record(z.string(), z.unknown()).default({});

/** What `train` needs to know, and what a run's `config.json` holds under `config`. Options of plugins are checked by the plugins. */
export const experimentSchema = z.strictObject({
  /** Initialisation, data order and constants derive from it. */
  seed: z.number().int().nonnegative().default(1),
  dataset: z.strictObject({ id: z.string().default('mnist'), options }).prefault({}),
  architecture: z.strictObject({ id: z.string().default('mlp'), options }).prefault({}),
  breaking: z
    .strictObject({
      id: z.string().default('standard'),
      options,
      /** Only start where the broken network would, and train everything. */
      initialisationOnly: z.boolean().default(false),
    })
    .prefault({}),
  training: z
    .strictObject({
      models: count.max(1e6).default(2),
      epochs: count.default(10),
      batchSize: count.default(64),
      learningRate: z.number().positive().default(1e-3),
      optimizer: z.strictObject({ id: z.string().default('adamw'), options }).prefault({}),
      schedule: z.strictObject({ id: z.string().default('constant'), options }).prefault({}),
      /** Share of entries that dropout leaves out, in architectures that have places for it. */
      dropout: z.number().min(0).lt(1).optional(),
      /** Bounds on gradients: of all together (`norm`), and of each entry (`value`). */
      clip: z.strictObject({ norm: z.number().positive().optional(), value: z.number().positive().optional() }).optional(),
      /** Ends before `epochs` once no model has got better for `patience` epochs on the validation split. */
      earlyStopping: z
        .strictObject({
          patience: count,
          minDelta: z.number().nonnegative().optional(),
          monitor: z.enum(['loss', 'accuracy']).optional(),
          mode: z.enum(['min', 'max']).optional(),
        })
        .optional(),
      /** `map` trains one model after the other, `vmap` all together, `auto` what suits the engine. */
      population: z.enum(['auto', 'map', 'vmap']).default('auto'),
      /**
       * On how many devices of the engine models move at the same time; default `auto`, which tries all and one out at the start. Under `map` it changes no
       * result, so that a run may be gone on with on another number.
       */
      devices: z.union([z.literal('auto'), count]).optional(),
      /** Epochs whose checkpoint is kept beside the newest one: 0 is before training. */
      keepCheckpoints: z.union([z.literal('all'), z.array(z.number().int().nonnegative())]).default([]),
    })
    .prefault({}),
});

/** Settings of an experiment with every default filled in. */
export type Experiment = z.output<typeof experimentSchema>;

/** The set-up of the paper's MLPs, where `train` starts from; its inputs and outputs are those of the data. */
export const mnistMlp = {
  architecture: { id: 'mlp', options: { widths: [512, 512, 512], norm: 'layer', activation: 'gelu' } },
} as const;
