/** What can be made, by the name of its folder of templates, in a few words. */
export const families = {
  breaking: 'constants that break the exchange symmetry of neurons',
  measurement: 'numbers of models, pairs or populations, with columns and plots',
  're-basin': 'a way to find which neurons of two models belong together',
  dataset: 'inputs and labels',
  architecture: 'a family of networks with declared symmetries',
  optimizer: 'an update rule',
  schedule: 'a learning rate over training',
  reproduction: 'a figure or table that one command makes',
  metric: 'a number of activations, from batches as they come',
  sink: 'where the numbers of a run go beside its own folder',
  engine: 'what runs tensors',
  executor: 'where many trainings run',
} as const;

/** Name of a family as it is typed. */
export type Family = keyof typeof families;

/** Whether a text is the name of a family. */
export const isFamily = (text: string): text is Family => Object.hasOwn(families, text);
