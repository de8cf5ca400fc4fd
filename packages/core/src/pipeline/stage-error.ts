/** Who was at work: a stage of a run and, where one is, the plugin. */
export interface StageLabel {
  readonly stage: string;
  readonly plugin?: string;
}

/** An error with the stage and plugin it came from: `train (adamw): loss must be finite, got NaN`. The exit code is that of its cause. */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly stage: string;
  readonly plugin: string | undefined;

  constructor({ stage, plugin }: StageLabel, cause: unknown) {
    super(`${stage}${plugin === undefined ? '' : ` (${plugin})`}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.stage = stage;
    this.plugin = plugin;
  }

  get exitCode(): number {
    const { exitCode } = (this.cause ?? {}) as { exitCode?: unknown };
    return typeof exitCode === 'number' ? exitCode : 1;
  }
}
