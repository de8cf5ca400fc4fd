import { readText } from './memory.js';
import type { Plugin } from './plugin.js';
import { PjrtError } from './pjrt-error.js';
import { Block } from './struct.js';
import { handleHandleArgs, handleIntArgs, handleTextArgs, memoryStatsArgs } from './structs.js';

/** Memory of a device in bytes; a figure that the plugin does not keep is null. */
export interface MemoryStats {
  readonly bytesInUse: number;
  readonly peakBytesInUse: number | null;
  readonly bytesLimit: number | null;
  readonly largestAllocation: number | null;
}

/** A device that a client can run programs on. */
export interface Device {
  readonly id: number;
  /** Such as `cpu` or `NVIDIA H200`. */
  readonly kind: string;
  readonly description: string;
  /** Address of the `PJRT_Device`; lives as long as the client. */
  readonly handle: bigint;
  /** Memory in use, or null where the plugin does not say. */
  memoryStats(): MemoryStats | null;
}

/** Describes the device at `handle`. */
export function describeDevice(plugin: Plugin, handle: bigint): Device {
  const description = new Block(handleHandleArgs).set({ handle });
  plugin.call('PJRT_Device_GetDescription', description);
  const described = description.address('result');
  const id = new Block(handleIntArgs).set({ handle: described });
  plugin.call('PJRT_DeviceDescription_Id', id);
  const text = (name: 'PJRT_DeviceDescription_Kind' | 'PJRT_DeviceDescription_ToString') => {
    const block = new Block(handleTextArgs).set({ handle: described });
    plugin.call(name, block);
    return readText(block.address('text'), block.number('textSize'));
  };
  return {
    id: id.number('result'),
    kind: text('PJRT_DeviceDescription_Kind'),
    description: text('PJRT_DeviceDescription_ToString'),
    handle,
    memoryStats: () => memoryStats(plugin, handle),
  };
}

function memoryStats(plugin: Plugin, handle: bigint): MemoryStats | null {
  const block = new Block(memoryStatsArgs).set({ handle });
  try {
    plugin.call('PJRT_Device_MemoryStats', block);
  } catch (error) {
    if (error instanceof PjrtError && error.code === 'UNIMPLEMENTED') return null;
    throw error;
  }
  const optional = (field: 'peakBytesInUse' | 'bytesLimit' | 'largestAllocSize') =>
    block.flag(`${field}IsSet`) ? block.number(field) : null;
  return {
    bytesInUse: block.number('bytesInUse'),
    peakBytesInUse: optional('peakBytesInUse'),
    bytesLimit: optional('bytesLimit'),
    largestAllocation: optional('largestAllocSize'),
  };
}
