import { BasinlabError } from '@basinlab/tensor';

/** What errors of the system mean for files, and what to do. */
const meanings: Readonly<Record<string, readonly [got: string, remedy: string]>> = {
  ENOSPC: ['a full disk', 'Free some space and start the command again: what was finished is kept'],
  EDQUOT: ['a quota that is used up', 'Free some space and start the command again: what was finished is kept'],
  EFBIG: ['a limit on the size of files', 'Raise it (ulimit -f unlimited), or use another file system, and start the command again'],
  EROFS: ['a read-only file system', 'Choose another folder'],
  EACCES: ['no permission', 'Choose another folder, or get permission for this one'],
  EPERM: ['no permission', 'Choose another folder, or get permission for this one'],
  EMFILE: ['too many open files of this process', 'Raise the limit: ulimit -n 4096'],
  ENFILE: ['too many open files of all processes', 'Close other programs, and start the command again'],
  EIO: ['an error of the disk', 'Check the disk, or use another one'],
  ENOENT: ['nothing there', 'Was it moved or removed, or is its disk no longer there?'],
  ENOTDIR: ['a file in the place of a folder', 'Choose another folder'],
  EISDIR: ['a folder in the place of a file', 'Choose another name'],
  ELOOP: ['links that lead round and round', 'Choose another folder'],
  ENAMETOOLONG: ['a name that is too long', 'Choose a shorter one'],
  ESTALE: ['a network file system that has lost it', 'Start the command again once the server is back'],
  ENOMEM: ['no memory left', 'Close other programs, and start the command again'],
};

/** The error of the system about a file in words, with the remedy: the system itself leaves out the name as soon as a file is open. */
export function fileError(path: string, requirement: string, cause: unknown): BasinlabError {
  if (cause instanceof BasinlabError) return cause;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const [got, remedy] = meanings[code] ?? [message, undefined];
  return new BasinlabError(path, requirement, code === '' || got === message ? got : `${got} (${code})`, {
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The same for an error of the system that nobody has put into words; null for any other error. */
export function systemError(error: unknown): BasinlabError | null {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (!(error instanceof Error) || syscall === undefined || code === undefined || meanings[code] === undefined) return null;
  return fileError(path ?? 'basinlab', `the system to let it ${syscall}`, error);
}
