/**
 * The PJRT plugins that are published as Python wheels. A wheel is a zip file; no Python code of it runs. Versions and checksums are pinned, so
 * that the same plugin arrives whatever index the user's pip is set to.
 */
import { BasinlabError } from '@basinlab/tensor';
import { platformKey } from './machine.js';
import type { Machine } from './machine.js';

/** A wheel that holds the library and all it needs beyond the system's libraries. */
export interface WheelBuild {
  readonly kind: 'wheel';
  /** Name of the Python distribution. */
  readonly wheel: string;
  readonly version: string;
  /** The platform tag of the wheel's file name. */
  readonly tag: string;
  readonly sha256: string;
  /** Size of the wheel. */
  readonly bytes: number;
  /** Path of the library inside the wheel. */
  readonly library: string;
  /** Of the library itself, which is what is loaded. */
  readonly librarySha256: string;
}

/** Several wheels that belong into one folder, because the library looks for the others beside itself. */
export interface FolderBuild {
  readonly kind: 'folder';
  /** Distributions with their versions, `name==version`: fixed one by one, because pip's own search among the CUDA parts does not end. */
  readonly requirements: readonly string[];
  readonly version: string;
  readonly library: string;
  readonly librarySha256: string;
  /** About how much is downloaded and unpacked. */
  readonly bytes: number;
}

/** How a plugin gets onto a machine: a wheel, or a folder of one. */
export type Build = WheelBuild | FolderBuild;

/** A plugin that the installer knows. */
export interface KnownPlugin {
  readonly id: string;
  readonly title: string;
  readonly license: string;
  /** By platform, such as `linux-x64`; a plugin without builds is found where pip has installed it, but not installed. */
  readonly builds: Readonly<Record<string, Build>>;
  /** Where pip puts the library, relative to `site-packages`. */
  readonly inSitePackages: readonly string[];
}

// Newer than what jax-cuda*-plugin 0.12.0.1 asks for at least, and of one CUDA generation.
const cuda13 = [
  ...[
    'cublas==13.10.0.20',
    'cuda-cupti==13.5.25',
    'cuda-nvcc==13.5.37',
    'cuda-nvrtc==13.5.37',
    'cuda-runtime==13.5.37',
    'cudnn-cu13==9.28.0.42',
  ],
  ...[
    'cufft==12.5.0.14',
    'cusolver==12.4.1.2',
    'cusparse==12.9.4.2',
    'nccl-cu13==2.32.3',
    'nvjitlink==13.5.37',
    'nvshmem-cu13==3.8.0',
    'nvvm==13.5.37',
  ],
];
const cuda12 = [
  ...[
    'cublas-cu12==12.9.3.13',
    'cuda-cupti-cu12==12.9.79',
    'cuda-nvcc-cu12==12.9.86',
    'cuda-nvrtc-cu12==12.9.86',
    'cuda-runtime-cu12==12.9.79',
  ],
  ...['cudnn-cu12==9.28.0.42', 'cufft-cu12==11.4.1.4', 'cusolver-cu12==11.7.5.82', 'cusparse-cu12==12.5.10.65', 'nccl-cu12==2.32.3'],
  ...['nvjitlink-cu12==12.9.86', 'nvshmem-cu12==3.8.0'],
];

const cudaBuild = (cuda: 12 | 13, parts: readonly string[], librarySha256: string, bytes: number): Build => ({
  kind: 'folder',
  requirements: [`jax-cuda${cuda}-pjrt==0.12.0.1`, ...parts.map((part) => `nvidia-${part}`)],
  version: '0.12.0.1',
  library: `jax_plugins/xla_cuda${cuda}/xla_cuda_plugin.so`,
  librarySha256,
  bytes,
});

/** The plugins that the installer knows, by id. */
export const knownPlugins: readonly KnownPlugin[] = [
  {
    id: 'cpu',
    title: 'XLA for processors',
    license: 'Apache-2.0',
    builds: {
      'linux-x64': {
        kind: 'wheel',
        wheel: 'lammps-jax-pjrt-cpu',
        version: '0.11.2',
        tag: 'manylinux_2_27_x86_64',
        sha256: '1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1',
        bytes: 62711338,
        library: 'lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so',
        librarySha256: 'ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2',
      },
      'linux-arm64': {
        kind: 'wheel',
        wheel: 'xla-cpu-pjrt',
        version: '0.0.1',
        tag: 'manylinux_2_27_aarch64',
        sha256: '8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9',
        bytes: 49514947,
        library: 'xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so',
        librarySha256: 'fcf411f3e8ff635c2b2cf87215aa7016f460e66d236c3db08309e7486583532d',
      },
    },
    inSitePackages: ['lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so', 'xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so'],
  },
  {
    id: 'cuda13',
    title: 'XLA for NVIDIA GPUs, CUDA 13 (driver 580 or later)',
    license: 'Apache-2.0; the NVIDIA libraries under NVIDIA terms',
    builds: { 'linux-x64': cudaBuild(13, cuda13, 'b6de513893c09af2c77e71afcef46d9706f8c259337cdef4cd5cae2353886f75', 6.5e9) },
    inSitePackages: ['jax_plugins/xla_cuda13/xla_cuda_plugin.so'],
  },
  {
    id: 'cuda12',
    title: 'XLA for NVIDIA GPUs, CUDA 12 (driver 525 or later)',
    license: 'Apache-2.0; the NVIDIA libraries under NVIDIA terms',
    builds: { 'linux-x64': cudaBuild(12, cuda12, '921aaa9c635255fb7b7a660d11c8f702c78a70e7f7d005d4f377c2dc5f0fede2', 7e9) },
    inSitePackages: ['jax_plugins/xla_cuda12/xla_cuda_plugin.so'],
  },
  {
    id: 'rocm',
    title: 'XLA for AMD GPUs',
    license: 'Apache-2.0',
    builds: {},
    inSitePackages: ['jax_plugins/xla_rocm7/xla_rocm_plugin.so', 'jax_plugins/xla_rocm10/xla_rocm_plugin.so'],
  },
  { id: 'tpu', title: 'XLA for Google TPUs', license: 'Google terms', builds: {}, inSitePackages: ['libtpu/libtpu.so'] },
];

/** The plugin of that id; lists the known ones if there is none. */
export function knownPlugin(id: string, known: readonly KnownPlugin[] = knownPlugins): KnownPlugin {
  const found = known.find((plugin) => plugin.id === id);
  if (found !== undefined) return found;
  const ids = known.map((plugin) => plugin.id).join(', ');
  throw new BasinlabError('engine', `one of ${ids}`, id, { exitCode: 2, remedy: 'Run `basinlab engine list` to see what is installed' });
}

/** The build of a plugin for a machine. */
export function buildFor(plugin: KnownPlugin, machine: Machine): Build {
  const build = plugin.builds[platformKey(machine)];
  if (build !== undefined) return build;
  const platforms = Object.keys(plugin.builds);
  const requirement = platforms.length === 0 ? 'a plugin that the installer can fetch' : `a platform among ${platforms.join(', ')}`;
  throw new BasinlabError(`engine install ${plugin.id}`, requirement, platforms.length === 0 ? plugin.id : platformKey(machine), {
    remedy: 'Install a PJRT plugin with pip, or set PJRT_PLUGIN_LIBRARY_PATH to its library: both are found',
  });
}
