/**
 * NVIDIA's libraries open each other by bare name while they run (cuBLAS looks for `libcublasLt` so), which works only for libraries that are
 * loaded already or lie in a system folder. The wheels put them beside the plugin, where the loader does not look.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Base names in the order in which they must be opened: each after those that it needs. */
const order = [
  'cudart',
  'nvrtc',
  'cublasLt',
  'cublas',
  'nccl',
  'cupti',
  'nvJitLink',
  'cusparse',
  'cusolver',
  'cufft',
  'nvshmem_host',
  'cudnn',
];

/** Libraries to open before the plugin at `path`, in order: those in the `nvidia` folder of its site-packages; none for other plugins. */
export function preloadLibraries(path: string): string[] {
  const nvidia = join(dirname(path), '..', '..', 'nvidia');
  if (!path.includes('cuda') || !existsSync(nvidia)) return [];
  const libraries = readdirSync(nvidia).flatMap((part) => {
    const folder = join(nvidia, part, 'lib');
    return existsSync(folder) ? readdirSync(folder).map((name) => ({ name, path: join(folder, name) })) : [];
  });
  return order.flatMap((base) => libraries.filter(({ name }) => name.startsWith(`lib${base}.so.`)).map((library) => library.path));
}
