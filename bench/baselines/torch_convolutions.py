"""Convolutions and their gradients in PyTorch, channels last, in turns with the bench; also the roof, a float32 product of 1024 and a copy of 64 MiB:
python torch_convolutions.py BATCH REPEAT SHAPES, shapes [[size, inputs, outputs, kernel, stride], ...] in JSON"""
import json
import sys

import torch
from torch.nn import functional as F

from common import take_turns

BATCH, REPEAT = int(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(0)
torch.set_grad_enabled(False)


def parts(size, inputs, outputs, kernel, stride):
    x = torch.randn(BATCH, inputs, size, size).to(memory_format=torch.channels_last)
    k = torch.randn(outputs, inputs, kernel, kernel).to(memory_format=torch.channels_last)
    dy = torch.randn_like(F.conv2d(x, k, stride=stride, padding=kernel // 2))
    settings = ([stride] * 2, [kernel // 2] * 2, [1, 1], False, [0, 0], 1)
    gradient = lambda *mask: torch.ops.aten.convolution_backward(dy, x, k, None, *settings, mask)
    return [lambda: F.conv2d(x, k, stride=stride, padding=kernel // 2), lambda: gradient(True, False, False), lambda: gradient(False, True, False)]


def repeated(work):
    def run():
        for _ in range(REPEAT):
            work()

    return run, 1 / REPEAT


a, b = torch.randn(2, 1024, 1024)
source = torch.randn(1 << 24)
target = torch.empty_like(source)
works = [lambda: a @ b, lambda: target.copy_(source)] + [work for shape in json.loads(sys.argv[3]) for work in parts(*shape)]
take_turns({str(i): repeated(work) for i, work in enumerate(works)})
