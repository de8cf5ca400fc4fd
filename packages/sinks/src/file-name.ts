/** A name that every file system takes: letters, digits, dots, dashes and underscores; never one of dots only. */
export const fileNameOf = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^\.+$/, '-') || '-';
