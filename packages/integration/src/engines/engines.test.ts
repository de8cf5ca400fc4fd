import { engineContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { createContainer } from '@basinlab/cli';

// Every engine of the command that this machine has.
for (const engine of createContainer().list('engine')) {
  const { available, detail } = await engine.status();
  if (available) testContract(engineContract(engine));
  else process.stderr.write(`engine ${engine.id}: not tested, because it is not available (${detail})\n`);
}
