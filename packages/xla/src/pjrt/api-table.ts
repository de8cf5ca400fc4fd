import { BasinlabError } from '@basinlab/tensor';

/** Position of each function that is called in the table `PJRT_Api` (append-only since version 0.1). */
export const functionIndex = {
  PJRT_Error_Destroy: 0,
  PJRT_Error_Message: 1,
  PJRT_Error_GetCode: 2,
  PJRT_Plugin_Initialize: 3,
  PJRT_Plugin_Attributes: 4,
  PJRT_Event_Destroy: 5,
  PJRT_Event_IsReady: 6,
  PJRT_Event_Error: 7,
  PJRT_Event_Await: 8,
  PJRT_Client_Create: 10,
  PJRT_Client_Destroy: 11,
  PJRT_Client_PlatformName: 12,
  PJRT_Client_PlatformVersion: 14,
  PJRT_Client_AddressableDevices: 16,
  PJRT_Client_Compile: 20,
  PJRT_Client_BufferFromHostBuffer: 22,
  PJRT_DeviceDescription_Id: 23,
  PJRT_DeviceDescription_Kind: 26,
  PJRT_DeviceDescription_ToString: 28,
  PJRT_Device_GetDescription: 29,
  PJRT_Device_MemoryStats: 34,
  PJRT_Executable_Destroy: 40,
  PJRT_Executable_NumOutputs: 44,
  PJRT_Executable_Serialize: 49,
  PJRT_LoadedExecutable_Destroy: 50,
  PJRT_LoadedExecutable_GetExecutable: 51,
  PJRT_LoadedExecutable_Execute: 55,
  PJRT_Executable_DeserializeAndLoad: 56,
  PJRT_Buffer_Destroy: 58,
  PJRT_Buffer_IsDeleted: 68,
  PJRT_Buffer_CopyToDevice: 69,
  PJRT_Buffer_ToHostBuffer: 70,
  PJRT_Buffer_ReadyEvent: 72,
  PJRT_Buffer_OpaqueDeviceMemoryDataPointer: 76,
  PJRT_Executable_OutputElementTypes: 90,
  PJRT_Executable_OutputDimensions: 91,
} as const;

export type FunctionName = keyof typeof functionIndex;

/** Where the function pointers start: struct_size, extension pointer, and the version struct (size, extension pointer, major, minor). */
export const tableStart = 40;

const majorVersion = 0;
// Its table holds every function above.
const oldestMinorVersion = 40;

/**
 * Refuses a plugin whose C API is of another major version, or too old. Newer minor versions are fine: tables and structs only grow.
 * @param path the plugin, for the message
 */
export function requireVersion({ major, minor }: { major: number; minor: number }, path: string): void {
  if (major === majorVersion && minor >= oldestMinorVersion) return;
  const requirement = `a plugin of PJRT C API ${majorVersion}.${oldestMinorVersion} or a later ${majorVersion}.x`;
  throw new BasinlabError('pjrt', requirement, `${major}.${minor} in ${path}`, { remedy: 'Install another version of the plugin' });
}
