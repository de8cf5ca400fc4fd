/** What a package and its plugin are called. */
export interface Names {
  /** Of the package, for example `basinlab-plugin-ring` or `@lab/ring`. */
  readonly package: string;
  /** Of the plugin, as commands name it, for example `ring`. */
  readonly id: string;
  /** Stem of identifiers, for example `ring`. */
  readonly camel: string;
}

/**
 * Names from that of a package: the plugin is called like it, without scope and without `basinlab-plugin-`.
 * @throws Error for a name that npm or a command line would not take
 */
export function namesOf(name: string): Names {
  const id = name.replace(/^@[^/]*\//, '').replace(/^basinlab-plugin-(?=.)/, '');
  const valid = /^(@[a-z0-9][a-z0-9-]*\/)?[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && /^[a-z]/.test(id) && name.length <= 100;
  if (!valid) throw new Error(`--name: lower-case words joined by "-", with a scope or without, got ${name === '' ? 'nothing' : name}`);
  return { package: name, id, camel: id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) };
}
