import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineInfo } from '@basinlab/core';
import { BasinlabError } from '@basinlab/core';
import { suggestion, usageError } from '@basinlab/experiments';

/** What `auto` tries, best first. `tensorflow` is only used where it is asked for. */
const automatic = ['xla', 'wasm', 'cpu'];

/**
 * Starts the engine of that id; `auto` starts XLA where a plugin is found, else the best that is always there, and says so in one line.
 * Throws where an engine that was asked for is not available, with the command that mends it.
 */
export async function startEngine(id: string, engines: readonly Engine[], log: (line: string) => void): Promise<EngineInfo> {
  if (id !== 'auto') {
    const engine = engines.find((candidate) => candidate.id === id);
    if (engine === undefined)
      throw usageError(
        'engine',
        'a known id',
        id,
        suggestion(
          id,
          engines.map((one) => one.id),
        ),
      );
    const status = await engine.status();
    if (!status.available) throw new BasinlabError(id, 'an engine that is installed', status.detail);
    return start(engine);
  }
  const failures: string[] = [];
  for (const candidate of automatic) {
    const engine = engines.find((one) => one.id === candidate);
    if (engine === undefined) continue;
    try {
      const status = await engine.status();
      if (!status.available) throw new Error(status.detail);
      const info = await start(engine);
      if (failures.length > 0)
        log(`basinlab: running on ${info.id}, which is slow, because ${failures.join('; ')}. For XLA: basinlab engine install cpu`);
      return info;
    } catch (error) {
      failures.push(`${candidate} is not available (${(error as Error).message})`);
    }
  }
  throw new BasinlabError('engine', 'one that starts', failures.join('; '));
}

const started = new Map<string, EngineInfo>();

/** An engine that runs already stays: starting it again would take the tensors and compiled programs of the first start away. */
async function start(engine: Engine): Promise<EngineInfo> {
  const running = started.get(engine.id);
  if (running !== undefined && tf.findBackend(running.backend) !== null) {
    await tf.setBackend(running.backend);
    return running;
  }
  const info = await engine.start();
  started.set(engine.id, info);
  return info;
}
