"""Writes activations.arrow with pyarrow, as a dump from PyTorch or JAX would be, and what numpy makes of it. Run in this folder."""
import json

import numpy as np
import pyarrow as pa

rng = np.random.default_rng(5)
ROWS, POINTS = 24, 5
a = rng.normal(size=(ROWS, 5)) + 3
b = a[:, :4] @ rng.normal(size=(4, 4)) + 0.5 * rng.normal(size=(ROWS, 4))
labels = rng.integers(0, 3, ROWS)
ends = [2 * np.eye(3)[labels] + rng.normal(size=(ROWS, 3)) for _ in range(2)]
# Logits at evenly spaced points of the straight path between two models, worse in the middle.
paths = [(1 - t) * ends[0] + t * ends[1] - 6 * t * (1 - t) * np.eye(3)[labels] for t in np.linspace(0, 1, POINTS)]
a, b, *paths = [x.astype(np.float32) for x in (a, b, *paths)]


def lists(values):
    return pa.array(values.tolist(), pa.list_(pa.float32(), values.shape[1]))


fields = [
    pa.field("a.hidden", pa.list_(pa.float32(), 5), metadata={"model": "a", "layer": "hidden"}),
    pa.field("b.hidden", pa.list_(pa.float32(), 4), metadata={"model": "b", "layer": "hidden"}),
    pa.field("labels", pa.int32()),
    *[pa.field(f"logits.{i}", pa.list_(pa.float32(), 3)) for i in range(POINTS)],
]
table = pa.table([lists(a), lists(b), pa.array(labels, pa.int32()), *map(lists, paths)], schema=pa.schema(fields))
with pa.ipc.new_file("activations.arrow", table.schema) as writer:
    for start in (0, 15):
        writer.write_batch(table.slice(start, 15).combine_chunks().to_batches()[0])

x, y = (v.astype(np.float64) - v.astype(np.float64).mean(0) for v in (a, b))
cka = np.sum((x.T @ y) ** 2) / np.linalg.norm(x.T @ x) / np.linalg.norm(y.T @ y)
losses, accuracies = [], []
for logits in paths:
    z = logits.astype(np.float64)
    losses.append(float(np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(ROWS), labels])))
    accuracies.append(float(100 * np.mean(z.argmax(1) == labels)))
chord = np.linspace(losses[0], losses[-1], POINTS)
top = max(accuracies[0], accuracies[-1])
expected = {
    "cka": float(cka),
    "lossBarrier": float(np.max(np.array(losses) - chord)),
    "accuracyBarrier": (min(accuracies) - top) / top * 100,
}
json.dump(expected, open("expected.json", "w"), indent=2)
