const STEPS = 844;
const POPULATION = 16;

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

/** Seconds per step and model of 16 models, beside one model's. */
export const populationJob = {
  name: 'population-16',
  baselines: ['jax_jobs'],
  async run(workload) {
    const one = (await epochSeconds(workload, workload.networks.standard, 1)) / STEPS;
    const all = (await epochSeconds(workload, workload.networks.standard, POPULATION)) / STEPS / POPULATION;
    return { seconds: all, beside: [{ baseline: 'ours, one model', seconds: one }] };
  },
};

/** One epoch of a W network on MNIST, data included. */
export const epochJob = {
  name: 'epoch-w',
  baselines: ['torch_jobs'],
  run: async (workload) => ({ seconds: await epochSeconds(workload, workload.networks.w, 1) }),
};
