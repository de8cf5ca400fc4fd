/** A bounded map that forgets what was used least recently. */
export class LeastRecentlyUsed<T> {
  private readonly entries = new Map<string, T>();

  constructor(
    private readonly limit: number,
    private readonly release: (entry: T) => void = () => undefined,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** The entry of `key`, made on first use. */
  get(key: string, make: () => T): T {
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known;
    }
    const made = make();
    this.entries.set(key, made);
    if (this.entries.size > this.limit) this.delete(this.entries.keys().next().value!);
    return made;
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.release(entry);
  }

  clear(): void {
    for (const key of [...this.entries.keys()]) this.delete(key);
  }
}
