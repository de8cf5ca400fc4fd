"""Assignment and weight matching with numpy and scipy. python scipy_jobs.py JOB TENSORS.safetensors"""
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

from common import WIDTH, load_tensors, take_turns


def assignment(size):
    cost = np.random.default_rng(0).standard_normal((size, size))
    return lambda: linear_sum_assignment(cost)


def weight_matching(tensors, restarts):
    """Coordinate descent over assignments (Git Re-Basin) for three hidden layers, each weight, bias and norm tensor contributing."""
    hidden = ("linear.weight", "linear.bias", "norm.weight", "norm.bias")
    a, b = (
        [[tensors[f"{side}.layers.{layer}.{name}"] for name in hidden] for layer in range(3)] + [[tensors[f"{side}.layers.3.linear.weight"]]]
        for side in "ab"
    )

    def work():
        rng = np.random.default_rng(0)
        for _ in range(restarts):
            perms = [np.arange(WIDTH) for _ in range(3)]
            progress = True
            while progress:
                progress = False
                for layer in rng.permutation(3):
                    weight = b[layer][0] if layer == 0 else b[layer][0][:, perms[layer - 1]]
                    gain = a[layer][0] @ weight.T
                    for left, right in zip(a[layer][1:], b[layer][1:]):
                        gain += np.outer(left, right)
                    following = b[layer + 1][0] if layer == 2 else b[layer + 1][0][perms[layer + 1]]
                    gain += a[layer + 1][0].T @ following
                    _, new = linear_sum_assignment(gain, maximize=True)
                    old = gain[np.arange(WIDTH), perms[layer]].sum()
                    progress |= gain[np.arange(WIDTH), new].sum() > old + 1e-12
                    perms[layer] = new

    return work


def main():
    job = sys.argv[1]
    if job.startswith("lap-"):
        take_turns({"scipy": assignment(int(job[4:]))})
    elif job == "weight-matching":
        take_turns({"numpy + scipy": weight_matching(load_tensors(sys.argv[2]), 10)})
    else:
        sys.exit(f"unknown job {job}")


main()
