/** Writes the page's files into a folder that is emptied first. */
export function bundlePlayground(folder: string, options?: { conditions?: readonly string[] }): Promise<void>;
