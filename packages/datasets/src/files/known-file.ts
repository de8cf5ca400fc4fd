/** A published file: its name in a folder, and checksums of its content where they are known. */
export interface KnownFile {
  readonly name: string;
  /** Size of the content, not compressed. */
  readonly bytes?: number;
  /** Of the content, not compressed. */
  readonly sha256?: string;
  /** Of the content, not compressed; for sets whose publisher names no other. */
  readonly md5?: string;
  /** Of the file with the ending `.gz`, as it is published. */
  readonly gzipSha256?: string;
}
