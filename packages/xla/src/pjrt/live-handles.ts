/**
 * Native objects of one kind that exist. Their owners destroy them; one that is garbage-collected without that is destroyed late, as a safety net.
 */
export class LiveHandles {
  private readonly handles = new Set<bigint>();
  private readonly registry = new FinalizationRegistry<bigint>((handle) => this.release(handle));

  /** @param destroy the native destructor */
  constructor(private readonly destroy: (handle: bigint) => void) {}

  get count(): number {
    return this.handles.size;
  }

  add(owner: object, handle: bigint): void {
    this.handles.add(handle);
    this.registry.register(owner, handle, owner);
  }

  /** Destroys the object of `owner`; does nothing if that has happened. */
  remove(owner: object, handle: bigint): void {
    if (this.registry.unregister(owner)) this.release(handle);
  }

  /** Destroys all. */
  clear(): void {
    for (const handle of this.handles) this.release(handle);
  }

  private release(handle: bigint): void {
    if (this.handles.delete(handle)) this.destroy(handle);
  }
}
