/** A setting of glibc's `malloc`: its name among the tunables, and the older variable of the environment, where it has one. */
export interface MallocSetting {
  readonly name: string;
  readonly variable?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment says what a setting is, in `GLIBC_TUNABLES` or by its own variable. */
export const isSetIn = ({ GLIBC_TUNABLES = '', ...variables }: Environment, { name, variable }: MallocSetting): boolean =>
  GLIBC_TUNABLES.includes(`glibc.malloc.${name}=`) || (variable !== undefined && variables[variable] !== undefined);

/** Text for `GLIBC_TUNABLES`: what is there, and those settings that the environment does not have. */
export function tunablesWith(environment: Environment, settings: readonly (MallocSetting & { readonly value: number })[]): string {
  const missing = settings.filter((setting) => !isSetIn(environment, setting));
  const { GLIBC_TUNABLES: there = '' } = environment;
  return [...(there === '' ? [] : [there]), ...missing.map(({ name, value }) => `glibc.malloc.${name}=${value}`)].join(':');
}
