import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import swc from '@swc/jest';

// Jest runs each file of tests in a context of its own, where a global name is looked up through an interceptor at every use: in loops over numbers that takes
// most of the time. So what a module uses of these becomes its own constant, on its first line, which keeps lines where they were.
const names =
  'Infinity NaN Math Object Array Number String Boolean BigInt Map Set WeakMap Symbol isNaN Int32Array Uint8Array Uint16Array Uint32Array Float32Array Float64Array'.split(
    ' ',
  );

const uses = (code, name) => new RegExp(`(?<![.\\w$])${name}\\b`).test(code);
const declares = (code, name) => new RegExp(`\\b(?:const|let|var|function|class|import|as)\\b[^;=(]*\\b${name}\\b`).test(code);

// Comments speak of "a method of Math", which declares nothing.
const comments = /\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;

function nameGlobals(code) {
  const bare = code.replace(comments, '');
  const named = names.filter((name) => uses(bare, name) && !declares(bare, name));
  if (named.length === 0) return code;
  const strict = /^\s*(['"])use strict\1/.test(code) ? '"use strict";' : '';
  return `${strict}const {${named.join(',')}}=globalThis;${code}`;
}

const self = readFileSync(new URL(import.meta.url));

/** TypeScript through swc with its options; JavaScript, for which none are given, as it is. */
export default {
  createTransformer(options) {
    const compiler = options === undefined || Object.keys(options).length === 0 ? null : swc.createTransformer(options);
    const named = (result) => ({ ...result, code: nameGlobals(result.code) });
    return {
      process: (code, ...rest) => named(compiler?.process(code, ...rest) ?? { code }),
      processAsync: async (code, ...rest) => named((await compiler?.processAsync(code, ...rest)) ?? { code }),
      getCacheKey: (code, ...rest) =>
        createHash('sha1')
          .update(self)
          .update(compiler?.getCacheKey(code, ...rest) ?? code)
          .digest('hex'),
    };
  },
};
