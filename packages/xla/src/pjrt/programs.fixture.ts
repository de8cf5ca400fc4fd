/** StableHLO programs that the tests run. */

/** `[a + b]` for float32 vectors. */
export const addition = (n: number): string => `func.func @main(%a: tensor<${n}xf32>, %b: tensor<${n}xf32>) -> tensor<${n}xf32> {
  %0 = stablehlo.add %a, %b : tensor<${n}xf32>
  return %0 : tensor<${n}xf32>
}`;

/** `[2 a]`, which takes over the memory of its argument. */
export const doubling = (n: number): string => `func.func @main(%a: tensor<${n}xf32> {tf.aliasing_output = 0 : i32}) -> tensor<${n}xf32> {
  %0 = stablehlo.add %a, %a : tensor<${n}xf32>
  return %0 : tensor<${n}xf32>
}`;

/** Multiplies a 256 x 256 matrix by itself `steps` times: some milliseconds each ten steps. */
export const longLoop = (steps: number): string => `func.func @main(%a: tensor<256x256xf32>) -> tensor<256x256xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %x = %a) : tensor<i32>, tensor<256x256xf32>
  cond {
    %n = stablehlo.constant dense<${steps}> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %y = stablehlo.dot_general %x, %a, contracting_dims = [1] x [0] : (tensor<256x256xf32>, tensor<256x256xf32>) -> tensor<256x256xf32>
    stablehlo.return %j, %y : tensor<i32>, tensor<256x256xf32>
  }
  return %r#1 : tensor<256x256xf32>
}`;
