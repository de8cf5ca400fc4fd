"""Draws reference permutations with torch for the tests of packages/tensor/src/random and packages/datasets.

Usage: python tools/make-torch-fixtures.py > packages/tensor/src/random/fixtures/torch.json
Needs torch (written with 2.15.0). Long permutations are kept as FNV-1a hashes of their int32 words.
"""

import json

import numpy as np
import torch


def permutation(n, seed):
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed)).numpy().astype(np.int32)


def fnv1a(array):
    value = 0x811C9DC5
    for byte in array.tobytes():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


rows = [{"n": n, "seed": s, "values": permutation(n, s).tolist()} for n in [0, 1, 2, 5, 20] for s in [0, 42, 2**32 + 42, -1]]
rows += [{"n": n, "seed": 42, "hash": fnv1a(permutation(n, 42))} for n in [1000, 50000, 60000]]
body = ",\n    ".join(json.dumps(row) for row in rows)
print(f'{{\n  "source": "torch {torch.__version__}",\n  "permutation": [\n    {body}\n  ]\n}}')
