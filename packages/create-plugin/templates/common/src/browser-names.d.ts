// Names of browsers that the declarations of TensorFlow.js mention and Node does not have. TypeScript's own, of the library "dom", do not go together with the
// declarations of WebGPU that TensorFlow.js brings along.
/* eslint-disable @typescript-eslint/no-empty-object-type -- nothing of them is used */
interface EventInit {}
interface HTMLImageElement {}
interface HTMLSourceElement {}
interface IDBFactory {}
interface ImageBitmap {}
interface ImageData {}
interface Storage {}
interface VideoFrame {}
interface WebGLContextAttributes {}
interface WebGLTexture {}
type BufferSource = ArrayBufferView | ArrayBuffer;
type PredefinedColorSpace = 'srgb' | 'display-p3';
