import { demand, deviceCount } from '@basinlab/tensor';

// Models of a population do not depend on each other, so they may move on several devices at the same time. What a step computes is the same
// wherever it runs: a placement changes how long a run takes and none of its bits, and a run may go on with another one. (Stacks of models are other
// programs for other sizes: how they are cut is no matter of time alone, and never tried out.)

/** How a population is spread over devices, and the trial that this was chosen by. */
export interface Placement {
  /** On how many devices models (or stacks of them) move at the same time. */
  readonly devices: number;
  /** Least seconds per step and model seen with each number of devices. Absent where nothing was tried. */
  readonly trial?: readonly { readonly devices: number; readonly seconds: number }[];
}

/** Finds a placement while the models are being trained. */
export interface PlacementChooser {
  /** How many groups of models to take up together. */
  readonly width: number;
  /** On how many devices the next segment of `groups` groups runs. */
  next(groups: number): number;
  /** Tells how long a segment took: `steps` of each of `models` models, in `groups` groups. */
  took(segment: { devices: number; groups: number; models: number; steps: number; seconds: number }): void;
  /** The placement, once: as soon as it is known, or where `ended` as it was to the end. Nothing where the engine has one device. */
  news(ended?: boolean): Placement | null;
}

/** What a chooser starts from. */
export interface ChooserOptions {
  /** A number of devices, or `auto`: all, or one where a trial finds that faster. */
  readonly wanted: number | 'auto';
  /** Groups of the population, which are whole models where a trial makes sense. */
  readonly groups: number;
  /** Steps of all models that are left. */
  readonly steps: number;
  /** What is tried at most: no trial where there is nothing to win. Default: devices of the engine. */
  readonly available?: number;
  /** A trial must be short beside what is left, seconds. Default 60. */
  readonly worth?: number;
}

/** Segments of each kind that count; one before them compiles. */
const TURNS = 3;

/**
 * Chooses between all devices and one by a trial on the first segments of the training itself, which take turns: nothing is computed twice. Where less
 * than `worth` seconds are left, all devices are taken without one.
 * @throws BasinlabError for more devices than the engine has
 */
export function choosePlacement({ wanted, groups, steps, available = deviceCount(), worth = 60 }: ChooserOptions): PlacementChooser {
  const remedy = 'Name fewer, or auto: `training.devices`, or --devices of `basinlab resume`';
  demand(wanted === 'auto' || wanted <= available, 'training', `at most the ${available} devices of the engine`, wanted, remedy);
  const width = Math.min(groups, wanted === 'auto' ? available : wanted);
  const seen = new Map<number, number[]>([width, 1].map((devices) => [devices, []]));
  let left = steps;
  let chosen: Placement | null = wanted === 'auto' && width > 1 ? null : { devices: width };
  let told = false;
  return {
    get width() {
      return chosen?.devices ?? width;
    },
    next(count) {
      if (chosen !== null || count < width) return Math.min(count, chosen?.devices ?? width);
      const [all, one] = [seen.get(width)!.length, seen.get(1)!.length];
      return all < 2 || all <= one ? width : 1;
    },
    took({ devices, groups: count, models, steps: moved, seconds }) {
      left -= moved * models;
      if (chosen !== null || count < width) return;
      const each = seconds / (moved * models);
      seen.get(devices)!.push(each);
      const all = seen.get(width)!;
      // The first segment compiles, the second tells.
      if (all.length === 2 && left * each < worth) chosen = { devices: width };
      else if ([...seen.values()].every(({ length }) => length > TURNS)) {
        const trial = [...seen].map(([tried, times]) => ({ devices: tried, seconds: Math.min(...times.slice(1)) }));
        chosen = { devices: trial[0]!.seconds <= trial[1]!.seconds ? width : 1, trial };
      }
    },
    news(ended = false) {
      if (told || available === 1 || (chosen === null && !ended)) return null;
      told = true;
      return chosen ?? { devices: width };
    },
  };
}
