"""Steps of a ResNet-20 in PyTorch, in turns with the bench; seconds are means of STEPS steps: python torch_resnet.py WIDTH BATCH STEPS"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from common import take_turns

WIDTH, BATCH, STEPS = (int(word) for word in sys.argv[1:4])
torch.manual_seed(0)


class Unit(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
            nn.GroupNorm(1, outputs),
        )


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = Unit(inputs, outputs, 3, stride)
        self.second = Unit(outputs, outputs, 3, 1)
        self.shortcut = nn.Identity() if stride == 1 else Unit(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


def network():
    layers = [Unit(3, WIDTH, 3, 1), nn.ReLU()]
    for stage in range(3):
        for block in range(3):
            outputs = WIDTH * 2**stage
            halves = stage > 0 and block == 0
            layers.append(Block(outputs // 2 if halves else outputs, outputs, 2 if halves else 1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * WIDTH, 10))


def trainer(memory_format, fused):
    model = network().to(memory_format=memory_format)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, **(dict(fused=True) if fused else {}))
    images = torch.randn(STEPS, BATCH, 3, 32, 32)
    labels = torch.randint(0, 10, (STEPS, BATCH))

    def work():
        for x, y in zip(images, labels):
            optimizer.zero_grad()
            F.cross_entropy(model(x.to(memory_format=memory_format)), y).backward()
            optimizer.step()

    return work


variants = {
    "torch": trainer(torch.contiguous_format, False),
    "torch, AdamW fused": trainer(torch.contiguous_format, True),
    "torch, channels last, AdamW fused": trainer(torch.channels_last, True),
}
take_turns({name: (work, 1 / STEPS) for name, work in variants.items()})
