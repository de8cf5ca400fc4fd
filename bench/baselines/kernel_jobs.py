"""Neural tangent kernel with torch: gradients of every sample, then their products. python kernel_jobs.py JOB TENSORS.safetensors"""
import sys
import time

import torch
from torch.func import functional_call, grad, vmap

from common import DIMS, load_tensors, peak_megabytes, report

SAMPLES, CHUNK = 1000, 100


def network(tensors):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(DIMS, DIMS[1:])):
        linear = torch.nn.Linear(inputs, outputs)
        linear.load_state_dict({field: torch.tensor(tensors[f"a.layers.{i}.linear.{field}"]) for field in ("weight", "bias")})
        layers += [linear] + ([torch.nn.LayerNorm(outputs), torch.nn.GELU()] if i < len(DIMS) - 2 else [])
    return torch.nn.Sequential(*layers)


def one_logit(model, x):
    """[samples, parameters] of one logit in memory (3.7 GB), and its products; the kernel is the sum over logits."""
    params = dict(model.named_parameters())
    logit = lambda p, sample: functional_call(model, p, (sample[None],))[0, 0]
    jacobian = torch.empty(len(x), sum(p.numel() for p in params.values()))
    for start in range(0, len(x), CHUNK):
        gradients = vmap(grad(logit), (None, 0))(params, x[start : start + CHUNK])
        jacobian[start : start + CHUNK] = torch.cat([g.flatten(1).detach() for g in gradients.values()], 1)
    return jacobian @ jacobian.T


def main():
    job, tensors = sys.argv[1], load_tensors(sys.argv[2])
    if job not in ("ntk", "ntk-w"):
        sys.exit(f"unknown job {job}")
    # A W network of the same size costs the same: its masked gradients are zeros among the others.
    model, x = network(tensors), torch.tensor(tensors["images"][:SAMPLES])
    before = peak_megabytes()
    start = time.perf_counter()
    one_logit(model, x)
    seconds = (time.perf_counter() - start) * DIMS[-1]
    megabytes = peak_megabytes() - before
    report(job, "torch, per-sample gradients, 10 times one measured logit", seconds, megabytes=megabytes)


main()
