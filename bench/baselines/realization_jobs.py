"""Realization and swap costs of one layer with torch. python realization_jobs.py JOB LAYER.safetensors"""
import sys

import torch

from common import load_tensors, peak_megabytes, take_turns


def mahalanobis(tensors):
    """Thin SVD of the centred inputs, S_i = U^T D_i U for all neurons, batched pseudo-inverse, all pairs."""
    x, weight, mask, fixed = (torch.from_numpy(tensors[name].copy()) for name in ("activations", "weight", "mask", "fixed"))

    def work(hermitian=False):
        centred = x - x.mean(0)
        _, singular, right = torch.linalg.svd(centred, full_matrices=False)
        share = torch.cumsum(singular**2 / (singular**2).sum(), 0)
        basis = right.T[:, : int(torch.searchsorted(share, 0.9)) + 1]
        projected = torch.einsum("dk,nd->nkd", basis, mask)
        gram = torch.einsum("nkd,nKd->nkK", projected, projected)
        inverse = torch.linalg.pinv(gram, hermitian=hermitian)
        off = (basis.T @ (fixed + mask * weight).T)[:, None, :] - (basis.T @ fixed.T)[:, :, None]
        cost = torch.einsum("kij,ikK,Kij->ij", off, inverse, off)
        own = torch.diag(cost)
        return cost + cost.T - own - own[:, None]

    return work


def ridge_iteration(tensors, beta=0.01, pairs=1000, rows=6000):
    """One iteration of AdamW on 1,000 pairs; the published estimate takes 3,000."""
    x, weight, mask, fixed = (torch.from_numpy(tensors[name].copy()) for name in ("activations", "weight", "mask", "fixed"))
    x = x[:rows]
    at = torch.arange(pairs)
    slot, imitated = (at * 37) % len(weight), (at * 101) % len(weight)
    target = x @ (fixed + mask * weight)[imitated].T
    trained = torch.nn.Parameter(weight[slot].clone())
    bias = torch.nn.Parameter(torch.zeros(pairs))
    optimizer = torch.optim.AdamW([trained, bias], lr=5e-3, weight_decay=0.0)

    def work():
        optimizer.zero_grad()
        output = x @ (fixed[slot] + mask[slot] * trained).T + bias
        loss = ((target - output) ** 2 / beta).mean(0) + ((trained * mask[slot]) ** 2).sum(1)
        loss.sum().backward()
        optimizer.step()

    return work


def main():
    job = sys.argv[1]
    tensors = load_tensors(sys.argv[2])
    if job == "realization-cost":
        work, before = mahalanobis(tensors), peak_megabytes()
        try:
            work()
            take_turns({"torch float32, batched pinv": work}, before)
        except torch._C._LinAlgError:
            take_turns({"torch float32, Hermitian pinv (the batched SVD did not converge)": lambda: work(True)}, before)
    elif job == "ridge-realization":
        take_turns({"torch AdamW, 3,000 times one measured iteration": (ridge_iteration(tensors), 3000)})
    else:
        sys.exit(f"unknown job {job}")


main()
