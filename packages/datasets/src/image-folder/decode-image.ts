import { BasinlabError, demand } from '@basinlab/core';
import { convertIndexedToRgb, decode as decodePng, type DecodedPng } from 'fast-png';
import jpeg from 'jpeg-js';

/** An image in colour, 8 bits per channel. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  /** [height, width, 3] */
  readonly levels: Uint8Array;
}

/** Endings of the files that are read. */
export const IMAGE_ENDINGS = ['.png', '.jpg', '.jpeg'] as const;

/** Pixels that an image may have at most: a file that claims more is refused before memory is taken. */
const LARGEST = 2 ** 26;

/**
 * Decodes a PNG or JPEG, whichever its first bytes say. Grey levels become colour, transparency is dropped, 16 bits become 8.
 * @throws BasinlabError that names the file where it is neither, or broken
 */
export function decodeImage(file: string, bytes: Uint8Array): DecodedImage {
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  demand(isPng || isJpeg, file, 'a PNG or JPEG file', bytes.length === 0 ? 'an empty one' : 'another beginning');
  try {
    return isPng ? fromPng(decodePng(bytes, { checkCrc: true })) : fromJpeg(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BasinlabError(file, `a ${isPng ? 'PNG' : 'JPEG'} that can be decoded`, reason, { cause });
  }
}

function fromJpeg(bytes: Uint8Array): DecodedImage {
  const { height, width, data } = jpeg.decode(bytes, {
    ...{ useTArray: true, formatAsRGBA: false, tolerantDecoding: false },
    maxResolutionInMP: LARGEST / 1e6,
  });
  return { height, width, levels: data };
}

function fromPng(png: DecodedPng): DecodedImage {
  const { height, width, depth } = png;
  demand(height * width <= LARGEST, 'image', `at most ${LARGEST} pixels`, [height, width]);
  const isIndexed = png.palette !== undefined;
  const data = isIndexed ? convertIndexedToRgb(png) : png.data;
  const channels = isIndexed ? data.length / (height * width) : png.channels;
  const toByte = depth === 16 && !isIndexed ? (level: number) => level >> 8 : (level: number) => level;
  // One or two bits of grey fill the range, as in other decoders.
  const spread = !isIndexed && depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const levels = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let channel = 0; channel < 3; channel++)
      levels[pixel * 3 + channel] = spread * toByte(data[pixel * channels + (channels < 3 ? 0 : channel)]!);
  return { height, width, levels };
}
