"""The jobs as a careful PyTorch user writes them: data in memory, no DataLoader. python torch_jobs.py JOB TENSORS.safetensors"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from common import BATCH, DIMS, FIXED_PER_UNIT, load_tensors, median_seconds, report, take_turns

torch.manual_seed(0)


class MaskedLinear(nn.Linear):
    """W asymmetry: the fixed entries of each row stay at their initial values."""

    def __init__(self, inputs, outputs, fixed):
        super().__init__(inputs, outputs)
        mask = torch.ones(outputs, inputs)
        for row in mask:
            row[torch.randperm(inputs)[:fixed]] = 0
        self.register_buffer("mask", mask)
        self.register_buffer("frozen", (1 - mask) * torch.randn(outputs, inputs))

    def forward(self, x):
        return F.linear(x, self.weight * self.mask + self.frozen, self.bias)


def network(masked=False):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(DIMS, DIMS[1:])):
        layers.append(MaskedLinear(inputs, outputs, FIXED_PER_UNIT[i]) if masked else nn.Linear(inputs, outputs))
        if i < len(DIMS) - 2:
            layers += [nn.LayerNorm(outputs), nn.GELU()]
    return nn.Sequential(*layers)


def train(model, images, labels, steps, fused):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, **(dict(fused=True) if fused else {}))
    order = torch.randint(0, len(images), (steps, BATCH))

    def work():
        for index in order:
            optimizer.zero_grad()
            F.cross_entropy(model(images[index]), labels[index]).backward()
            optimizer.step()

    return work


def load_network(tensors, prefix):
    model = network()
    linear = 0
    state = {}
    for i, layer in enumerate(model):
        kind = {nn.Linear: "linear", nn.LayerNorm: "norm"}.get(type(layer))
        if kind is not None:
            for field in ("weight", "bias"):
                state[f"{i}.{field}"] = torch.tensor(tensors[f"{prefix}.layers.{linear}.{kind}.{field}"])
        if isinstance(layer, nn.GELU):
            linear += 1
    model.load_state_dict(state)
    return model


def lmc(tensors, points):
    x, y = torch.tensor(tensors["images"][:10000]), torch.tensor(tensors["labels"][:10000]).long()
    a, b = (load_network(tensors, side).state_dict() for side in "ab")
    model = network()

    def work():
        with torch.no_grad():
            for t in torch.linspace(0, 1, points):
                model.load_state_dict({name: torch.lerp(a[name], b[name], t) for name in a})
                for i in range(0, len(x), 512):
                    logits = model(x[i : i + 512])
                    F.cross_entropy(logits, y[i : i + 512], reduction="sum")
                    (logits.argmax(1) == y[i : i + 512]).sum()

    return work


def products_alone(layers, correlations=0):
    """The matrix products of a job: 10,000 rows through every layer, and correlations of 512 with 512 units over as many rows."""
    sizes = sorted({size for layer in layers for size in layer})
    rows = {size: torch.randn(10000, size) for size in sizes}
    weights = {layer: torch.randn(*reversed(layer)) for layer in layers}

    def work():
        with torch.no_grad():
            for layer in layers:
                for i in range(0, 10000, 512):
                    rows[layer[0]][i : i + 512] @ weights[layer].T
            for _ in range(correlations):
                rows[512].T @ rows[512]

    return work


def activation_matching(tensors):
    from scipy.optimize import linear_sum_assignment

    x = torch.tensor(tensors["images"][:10000])
    a, b = (load_network(tensors, side) for side in "ab")

    def correlation(p, q):
        p, q = p - p.mean(0), q - q.mean(0)
        return torch.nan_to_num((p.T @ q) / (p.norm(dim=0)[:, None] * q.norm(dim=0)[None]))

    def work():
        with torch.no_grad():
            p, q = x, x
            for left, right in zip(a[:9], b[:9]):
                p, q = left(p), right(q)
                linear_sum_assignment(correlation(p, q).numpy(), maximize=True)

    return work


def main():
    job, tensors = sys.argv[1], load_tensors(sys.argv[2])
    images, labels = torch.tensor(tensors["images"]), torch.tensor(tensors["labels"]).long()
    steps = 120
    if job == "training-step":
        report(job, "torch AdamW fused", median_seconds(train(network(), images, labels, steps, True), 3) / steps)
        report(job, "torch AdamW default", median_seconds(train(network(), images, labels, steps, False), 3) / steps)
    elif job == "epoch-w":
        report(job, "torch AdamW fused, in memory", median_seconds(train(network(masked=True), images, labels, 844, True), 1))
    elif job in ("lmc", "lmc-37"):
        points = 9 if job == "lmc" else 37
        products = products_alone(points * [*zip(DIMS, DIMS[1:])])
        take_turns({"torch, in memory": lmc(tensors, points), "torch, its products alone": products})
    elif job == "activation-matching":
        products = products_alone(2 * [*zip(DIMS, DIMS[1:-1])], correlations=9)
        take_turns({"torch + scipy": activation_matching(tensors), "torch, its products alone": products})
    else:
        sys.exit(f"unknown job {job}")


main()
