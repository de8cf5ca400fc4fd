import { deviceCount } from '@basinlab/core';
import { trainingTurns } from '../turns.mjs';

const STEPS = 844;
const POPULATION = 16;
/** Of each model in a turn; the baseline's number. */
const POPULATION_STEPS = 60;

/** Seconds of the second epoch: the first one compiles. */
async function epochSeconds({ train }, network, models) {
  const times = [];
  const trained = await train(network, models, 2, (event) => {
    if (event.kind === 'metric') times.push(performance.now());
  });
  for (const { params } of trained) for (const tensor of Object.values(params)) tensor.dispose();
  return (times[1] - times[0]) / 1000;
}

/** Seconds per step of one model. */
export const trainingStepJob = {
  name: 'training-step',
  baselines: ['torch_jobs', 'jax_jobs'],
  run: async (workload) => ({ seconds: (await epochSeconds(workload, workload.networks.standard, 1)) / STEPS }),
};

/** Seconds per step and model of 16 models on all devices of the engine, beside one device. */
export const populationJob = {
  name: 'population-16',
  baselines: ['jax_population'],
  async prepare({ networks, planOf }) {
    const plan = planOf(networks.standard, POPULATION, { samples: 64 * POPULATION_STEPS });
    const [all, one] = [deviceCount(), 1].map((devices) => trainingTurns({ ...plan, devices }));
    return {
      work: all.turn,
      count: POPULATION * POPULATION_STEPS,
      beside: { 'ours, one device': one.turn },
      end: () => [all, one].forEach(({ end }) => end()),
    };
  },
};

/** One epoch of a W network on MNIST, data included. */
export const epochJob = {
  name: 'epoch-w',
  baselines: ['torch_jobs'],
  run: async (workload) => ({ seconds: await epochSeconds(workload, workload.networks.w, 1) }),
};
