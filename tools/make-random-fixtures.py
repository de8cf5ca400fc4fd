"""Draws reference numbers with jax.random for the tests of packages/tensor/src/random.

Usage: python tools/make-random-fixtures.py > packages/tensor/src/random/fixtures/jax.json
Needs jax (written with 0.12.0.1 on a CPU). Floats are kept as the bits of their float32 value; long draws as FNV-1a hashes of their words.
"""

import json

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np


def words(array):
    return np.asarray(array).astype(array.dtype, copy=False).view(np.uint32).reshape(-1).tolist()


def fnv1a(array):
    value = 0x811C9DC5
    for byte in np.ascontiguousarray(array).tobytes():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def key_words(key):
    return [int(w) for w in np.asarray(jax.random.key_data(key)).reshape(-1)]


seeds = [0, 1, 5, 42, -1, 2**31, 2**32 - 1, 2**32 + 5, 2**40 + 5, -(2**40), 2**53 - 1, -(2**53) + 1]
key = jax.random.key(1234567890123)
small = [0, 1, 2, 3, 7, 33]
ranges = [[0, 1], [-1, 1], [-0.3, 0.7], [0.1, 0.35], [-3.3, 5.1], [-0.0357142857, 0.0357142857], [1000, 1000.5], [2, 2]]
integer_ranges = [[0, 2], [0, 10], [-5, 6], [0, 60000], [0, 65536], [0, 65537], [-1000000, 3000000], [0, 2**30], [-(2**31), 2**31 - 1]]


def uniform(size, bounds):
    return jax.random.uniform(key, (size,), jnp.float32, np.float32(bounds[0]), np.float32(bounds[1]))


def integers(size, bounds):
    return jax.random.randint(key, (size,), bounds[0], bounds[1], jnp.int32)


fixture = {
    "source": f"jax {jax.__version__}, jax_threefry_partitionable={jax.config.jax_threefry_partitionable}, backend {jax.default_backend()}",
    "key": key_words(key),
    "seeds": [{"seed": str(s), "key": key_words(jax.random.key(s))} for s in seeds],
    "split": [{"count": n, "keys": key_words(jax.random.split(key, n))} for n in [0, 1, 2, 5]],
    "foldIn": [{"data": d, "key": key_words(jax.random.fold_in(key, d))} for d in [0, 1, 7, 2**31 - 1, 2**31, 2**32 - 1]],
    "bits": [{"size": n, "words": words(jax.random.bits(key, (n,), jnp.uint32))} for n in small],
    "bitsLong": {"size": 70001, "hash": fnv1a(jax.random.bits(key, (70001,), jnp.uint32))},
    "uniform": [{"range": r, "words": words(uniform(17, r)), "size": 70001, "hash": fnv1a(uniform(70001, r))} for r in ranges],
    "normal": {"size": 4096, "words": words(jax.random.normal(key, (4096,), jnp.float32))},
    "randomInt": [{"range": r, "values": np.asarray(integers(17, r)).tolist(), "size": 5001, "hash": fnv1a(integers(5001, r))} for r in integer_ranges],
    "permutation": [{"n": n, "values": np.asarray(jax.random.permutation(key, n)).tolist()} for n in small]
    + [{"n": n, "hash": fnv1a(np.asarray(jax.random.permutation(key, n)).astype(np.int32))} for n in [1625, 1626, 60000]],
    "bernoulli": [
        {"probability": p, "values": np.asarray(jax.random.bernoulli(key, np.float32(p), (40,))).astype(int).tolist()} for p in [0, 0.1, 0.5, 1]
    ],
}

# One entry per line keeps differences readable.
parts = []
for name, value in fixture.items():
    if isinstance(value, list) and value and isinstance(value[0], dict):
        parts.append(f'  {json.dumps(name)}: [\n    ' + ",\n    ".join(json.dumps(v) for v in value) + "\n  ]")
    else:
        parts.append(f"  {json.dumps(name)}: {json.dumps(value)}")
print("{\n" + ",\n".join(parts) + "\n}")
