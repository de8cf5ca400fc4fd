/** Whether an engine can run here. */
export interface EngineStatus {
  readonly available: boolean;
  /** Library path, version, device names; or why it is not available and the command that mends it. */
  readonly detail: string;
}

/** A way to run tensors: registers one TensorFlow.js backend and makes it current. */
export interface Engine {
  readonly id: string;
  readonly summary: string;
  status(): Promise<EngineStatus>;
  /** Sets the tfjs backend. Returns what a run records: plugin, version, devices, precision. */
  start(): Promise<EngineInfo>;
}

/** A started engine. */
export interface EngineInfo {
  readonly id: string;
  /** Name of the tfjs backend that is current after `start`. */
  readonly backend: string;
  /** `cpu`, `cuda`, `rocm`, ...: what choices between loop and vmap look at. */
  readonly platform: string;
  readonly details: Readonly<Record<string, string | number>>;
}
