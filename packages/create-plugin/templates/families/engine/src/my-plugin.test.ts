import { engineContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { myPluginEngine } from './my-plugin.js';

testContract(engineContract(myPluginEngine));
