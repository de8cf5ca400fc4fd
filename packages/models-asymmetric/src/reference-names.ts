import { splitName } from './interop/layout.js';
import { ownModule, torchModules, torchNamings } from './interop/torch-naming.js';

const fields: readonly (readonly [ours: string, theirs: string, record: 'params' | 'state'])[] = [
  ['weight', 'weight', 'params'],
  ['bias', 'bias', 'params'],
  ['runningMean', 'running_mean', 'state'],
  ['runningVariance', 'running_var', 'state'],
];

/** Our name of one of the reference's parameters or running statistics, and which record it belongs to; null for anything else. */
export function fromReferenceName(name: string): { record: 'params' | 'state'; name: string } | null {
  const { module, field } = splitName(name);
  const known = fields.find(([, theirs]) => theirs === field);
  const own = torchNamings.map((naming) => ownModule(naming, module)).find((ours) => ours !== null);
  return known === undefined || own === undefined ? null : { record: known[2], name: `${own}.${known[0]}` };
}

/** The reference's name of one of our parameters or running statistics; null where it has none. */
export function toReferenceName(name: string): string | null {
  const { module, field } = splitName(name);
  const known = fields.find(([ours]) => ours === field);
  const [theirs] = torchNamings.flatMap((naming) => torchModules(naming, module));
  return known === undefined || theirs === undefined ? null : `${theirs}.${known[1]}`;
}
