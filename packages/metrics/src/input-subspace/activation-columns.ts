import { BasinlabError, type ActivationBatch } from '@basinlab/tensor';

/** The columns of a batch that hold activations of the given site (any site where none is given), or an error that names the metric. */
export function activationColumns(metric: string, batch: ActivationBatch, site?: ActivationBatch['columns'][number]['field']['site']) {
  const columns = batch.columns.filter(({ field }) => site === undefined || field.site === site);
  if (columns.length > 0) return columns;
  const got = batch.columns.map(({ name, field }) => `${name} (${field.site})`).join(', ') || 'no column';
  const remedy = `Record with createActivationRecorder(network, { sites: ['${site ?? 'post-activation'}'] }).`;
  throw new BasinlabError(metric, `a column of activations${site === undefined ? '' : ` at site ${site}`}`, got, { remedy });
}
