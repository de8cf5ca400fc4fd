import { BasinlabError } from '@basinlab/tensor';

/**
 * Version of the plugin contracts of this release; a module of plugins says which it was written for: `export default { contract: 1, metric: [mine] }`. It grows where
 * a right plugin of before would not work any more: a required field, an argument with another meaning. Fields that may be left out do not change it.
 */
export const contractVersion = 1;

/** Where it is written what changed from version to version. */
const changes = 'What changed from version to version is in docs/extending.md and the README of @basinlab/core, under "Contract versions"';

/** Refuses a module that was written for contracts that this release does not serve. One that names none was written for the first. */
export function demandContract(module: string, contract: unknown = 1): void {
  const refuse = (requirement: string, remedy: string): never => {
    throw new BasinlabError(module, requirement, typeof contract === 'number' ? `contract ${contract}` : contract, {
      exitCode: 2,
      remedy: `${remedy}. ${changes}`,
    });
  };
  if (!Number.isSafeInteger(contract) || (contract as number) < 1)
    refuse('contract must be a whole number from 1', `This release serves contract ${contractVersion}`);
  if (contract === contractVersion) return;
  const newer = (contract as number) > contractVersion;
  refuse(
    `plugins written for contract ${contractVersion}`,
    newer ? 'Update Basinlab' : 'Update the plugin, or stay with the Basinlab it was written for',
  );
}
