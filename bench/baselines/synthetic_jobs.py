"""The synthetic coherence experiment as a loop over pairs of torch modules. python synthetic_jobs.py JOB TENSORS.safetensors"""
import sys

import torch
from torch import nn

from common import take_turns

WIDTH, INPUTS, EPOCHS, BATCH, TRAIN, TEST, POINTS, PAIRS, TRIED = 128, 20, 100, 512, 1024, 2048, 21, 1000, 5

torch.manual_seed(0)


class Masked(nn.Module):
    """sum_j relu((w_j * mask_j) . x + b_j)"""

    def __init__(self, mask):
        super().__init__()
        self.weight = nn.Parameter(0.05 * torch.randn(WIDTH, INPUTS))
        self.bias = nn.Parameter(torch.zeros(WIDTH))
        self.register_buffer("mask", mask)

    def forward(self, x):
        return torch.relu(x @ (self.weight * self.mask).T + self.bias).sum(1)


def data(basis, samples):
    z = torch.randn(samples, 2)
    return z @ basis.T, torch.relu(z.sum(1))


def train(mask, x, y):
    model = Masked(mask)
    groups = [dict(params=[model.weight], weight_decay=1e-2), dict(params=[model.bias], weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=1e-2)
    for _ in range(EPOCHS):
        for index in torch.randperm(TRAIN).split(BATCH):
            optimizer.zero_grad()
            (model(x[index]) - y[index]).square().mean().backward()
            optimizer.step()
    return model


def some_pairs():
    """A few of the thousand pairs: two models each and the test loss at 21 points between them."""
    basis = torch.cat([torch.eye(2)] * 5 + [torch.zeros(10, 2)]) / 5**0.5
    mask = (torch.rand(WIDTH, INPUTS) < 0.15).float()
    (x, y), (test_x, test_y) = data(basis, TRAIN), data(basis, TEST)

    def pair():
        a, b = train(mask, x, y).state_dict(), train(mask, x, y).state_dict()
        between = Masked(mask)
        with torch.no_grad():
            for t in torch.linspace(0, 1, POINTS):
                between.load_state_dict({name: torch.lerp(a[name], b[name], t) for name in a})
                (between(test_x) - test_y).square().mean().item()

    def work():
        for _ in range(TRIED):
            pair()

    return work


if sys.argv[1] != "synthetic-coherence":
    sys.exit(f"unknown job {sys.argv[1]}")
take_turns({"torch, a loop over pairs": (some_pairs(), PAIRS // TRIED)})
