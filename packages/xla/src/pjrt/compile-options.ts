/** `CompileOptionsProto` of XLA (field numbers from `xla/pjrt/proto/compile_options.proto` and `xla/xla_data.proto`). */
import { bytesField, concat, doubleField, varintField } from './protobuf.js';

/** How a program is compiled. */
export interface CompileOptions {
  /** Ids of the devices that run the program at the same time, each on arguments of its own; the first one unless given. */
  readonly devices?: readonly number[];
  /** XLA flags for this program alone, such as `{ xla_cpu_enable_fast_math: true }`: whole numbers, floats, truth values and text are told apart. */
  readonly envOptionOverrides?: Readonly<Record<string, string | number | boolean>>;
}

const compileOptions = { executableBuildOptions: 3, envOptionOverrides: 7 };
const buildOptions = { deviceOrdinal: 1, replicaCount: 4, partitionCount: 5, deviceAssignment: 9 };
const assignment = { replicaCount: 1, computationCount: 2, computationDevices: 3, replicaDeviceIds: 1 };
const mapEntry = { key: 1, value: 2 };
const override = { text: 1, bool: 2, int: 3, double: 4 };

/** Encodes the options of a program: one replica per device. */
export function encodeCompileOptions({ devices, envOptionOverrides = {} }: CompileOptions = {}): Uint8Array {
  const build = [
    varintField(buildOptions.deviceOrdinal, devices?.[0] ?? -1),
    varintField(buildOptions.replicaCount, devices?.length ?? 1),
    varintField(buildOptions.partitionCount, 1),
  ];
  if (devices !== undefined) build.push(bytesField(buildOptions.deviceAssignment, deviceAssignment(devices)));
  const overrides = Object.entries(envOptionOverrides).map(([name, value]) =>
    bytesField(
      compileOptions.envOptionOverrides,
      concat([bytesField(mapEntry.key, name), bytesField(mapEntry.value, overrideValue(value))]),
    ),
  );
  return concat([bytesField(compileOptions.executableBuildOptions, concat(build)), ...overrides]);
}

function deviceAssignment(devices: readonly number[]): Uint8Array {
  const ids = concat(devices.map((device) => varintField(assignment.replicaDeviceIds, device)));
  return concat([
    varintField(assignment.replicaCount, devices.length),
    varintField(assignment.computationCount, 1),
    bytesField(assignment.computationDevices, ids),
  ]);
}

function overrideValue(value: string | number | boolean): Uint8Array {
  if (typeof value === 'string') return bytesField(override.text, value);
  if (typeof value === 'boolean') return varintField(override.bool, value);
  return Number.isSafeInteger(value) ? varintField(override.int, value) : doubleField(override.double, value);
}
