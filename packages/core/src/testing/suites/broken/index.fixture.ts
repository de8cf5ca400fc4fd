import { architectures } from './architectures.fixture.js';
import type { Collection } from './collection.fixture.js';
import { datasets } from './datasets.fixture.js';
import { engines } from './engines.fixture.js';
import { executors } from './executors.fixture.js';
import { measurements } from './measurements.fixture.js';
import { metrics } from './metrics.fixture.js';
import { optimizers } from './optimizers.fixture.js';
import { rebasinStrategies } from './rebasin-strategies.fixture.js';
import { reproductions } from './reproductions.fixture.js';
import { schedules } from './schedules.fixture.js';
import { sinks } from './sinks.fixture.js';
import { symmetryBreakings } from './symmetry-breakings.fixture.js';

/** Right and broken plugins of every family. */
export const collections: readonly Collection[] = [
  architectures,
  symmetryBreakings,
  rebasinStrategies,
  metrics,
  measurements,
  datasets,
  engines,
  executors,
  optimizers,
  schedules,
  reproductions,
  sinks,
];
