/** A counter-based random key: the two 32-bit words of Threefry 2x32, as `jax.random.key_data` shows them. */
export type Key = readonly [number, number];
