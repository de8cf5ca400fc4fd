import type { Device, DeviceBuffer } from '../pjrt/index.js';

/**
 * Where else the content of one buffer is: on devices that run programs which read it. Devices that share the host's memory read it where it is,
 * so that a data set is there once; others get a copy. Made on first use; `release` must come before the buffer goes.
 */
export class Copies {
  private readonly byDevice = new Map<Device, { buffer: DeviceBuffer; unused: bigint | null }>();

  constructor(private readonly source: DeviceBuffer) {}

  /** The content for programs of `device` to read. */
  on(device: Device): DeviceBuffer {
    let copy = this.byDevice.get(device);
    if (copy === undefined) {
      const { source } = this;
      copy = source.isHostMemory() && source.bytes > 0 ? source.viewOn(device) : { buffer: source.copyTo(device), unused: null };
      this.byDevice.set(device, copy);
    }
    return copy.buffer;
  }

  /** Destroys the copies; returns once no program reads the buffer's own memory through them. */
  release(): void {
    for (const { buffer, unused } of this.byDevice.values()) {
      buffer.destroy();
      if (unused !== null) this.source.client.events.waitSync(unused);
    }
    this.byDevice.clear();
  }
}
