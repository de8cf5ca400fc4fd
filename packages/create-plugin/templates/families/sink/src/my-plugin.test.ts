import { sinkContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { myPluginSink } from './my-plugin.js';

// The suite gives a folder of its own to every check.
testContract(sinkContract(myPluginSink, (folder) => ({ directory: folder })));
