import type { Plugin } from './plugin.js';
import { Block } from './struct.js';
import { eventArgs, eventReadyArgs } from './structs.js';

// Each waiting call takes one of Node's (usually four) worker threads, which file reads need too.
const threads = 2;

interface Pending {
  readonly event: bigint;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** A worker thread waits for it: it must not be destroyed meanwhile. */
  waited: boolean;
}

/**
 * Waits for `PJRT_Event`s and destroys them. A worker thread that blocks in `PJRT_Event_Await` wakes us exactly when the work is done; polling from
 * the event loop is either late or takes a core from the computation, and a callback from the plugin's own thread would hold that thread until
 * JavaScript is free, which deadlocks if JavaScript is waiting for it.
 */
export class EventWaiter {
  /** Events not yet destroyed. */
  live = 0;
  private readonly pending = new Set<Pending>();
  private running = 0;

  constructor(private readonly plugin: Plugin) {}

  /** Blocks until the event is done, then destroys it; throws its error. */
  waitSync(event: bigint): void {
    this.live++;
    try {
      this.plugin.call('PJRT_Event_Await', new Block(eventArgs).set({ event }));
    } finally {
      this.destroy(event);
    }
  }

  /** Whether the event is done; destroys it in any case, and throws its error if it is done. */
  takeIfReady(event: bigint): boolean {
    this.live++;
    if (this.isReady(event)) {
      this.settle(event);
      return true;
    }
    this.destroy(event);
    return false;
  }

  /** Resolves when the event is done and destroyed; rejects with its error. */
  async wait(event: bigint): Promise<void> {
    this.live++;
    if (this.isReady(event)) return this.settle(event);
    return new Promise<void>((resolve, reject) => {
      this.pending.add({ event, resolve, reject, waited: false });
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.running >= threads) return;
    this.running++;
    for (;;) {
      const next = [...this.pending].find((entry) => !entry.waited);
      if (next === undefined) break;
      next.waited = true;
      // An error of the event comes again when it is settled below.
      await this.plugin.callOnWorker('PJRT_Event_Await', new Block(eventArgs).set({ event: next.event })).catch(() => undefined);
      next.waited = false;
      for (const entry of this.pending) if (!entry.waited && this.isReady(entry.event)) this.finish(entry);
    }
    this.running--;
  }

  private finish(entry: Pending): void {
    this.pending.delete(entry);
    try {
      this.settle(entry.event);
      entry.resolve();
    } catch (error) {
      entry.reject(error);
    }
  }

  private settle(event: bigint): void {
    try {
      this.plugin.call('PJRT_Event_Error', new Block(eventArgs).set({ event }));
    } finally {
      this.destroy(event);
    }
  }

  private isReady(event: bigint): boolean {
    const block = new Block(eventReadyArgs).set({ event });
    this.plugin.call('PJRT_Event_IsReady', block);
    return block.flag('ready');
  }

  private destroy(event: bigint): void {
    this.live--;
    this.plugin.call('PJRT_Event_Destroy', new Block(eventArgs).set({ event }));
  }
}
