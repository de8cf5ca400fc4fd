"""Transformer jobs as the code of arXiv 2506.22712 computes them, in torch and scipy. python transformer_jobs.py JOB TENSORS.safetensors"""
import json
import sys
from pathlib import Path

import torch
from scipy.optimize import linear_sum_assignment
from torch.nn import functional as F

from common import load_tensors, take_turns

torch.manual_seed(0)
LAYERS, HEADS, WIDTH, VOCABULARY = 6, 4, 256, 11500


def side(tensors, prefix):
    return {name[len(prefix) + 1 :]: torch.tensor(value) for name, value in tensors.items() if name.startswith(prefix + ".")}


def reference_layout(m):
    """Circuits as one weight for queries, keys and values, where keys and values are the identity."""
    out = dict(m)
    eye = torch.eye(WIDTH + 1)
    for layer in range(LAYERS):
        at = f"blocks.{layer}.attention"
        rows = torch.cat([m[f"{at}.qk"].permute(1, 0, 2).reshape(WIDTH + 1, -1), eye.repeat(1, HEADS), eye.repeat(1, HEADS)], 1)
        out[f"{at}.in.weight"], out[f"{at}.in.bias"] = rows[:WIDTH].contiguous(), rows[WIDTH].contiguous()
        out[f"{at}.out.weight"] = m[f"{at}.ov"].transpose(1, 2).reshape(-1, WIDTH).contiguous()
    return out


def stack(m, layers):
    parts = [m["tokens.weight"], m["positions.weight"], m["head.weight"]]
    if layers:
        for layer in range(LAYERS):
            at, mlp = f"blocks.{layer}.attention", f"blocks.{layer}.mlp"
            r = reference_layer(m, at)
            parts += [r[0].T, r[1], m[f"{mlp}.in.weight"], m[f"{mlp}.out.weight"].T]
    return torch.cat([p / p.shape[0] ** 0.5 for p in parts])


def reference_layer(m, at):
    eye = torch.eye(WIDTH + 1)
    rows = torch.cat([m[f"{at}.qk"].permute(1, 0, 2).reshape(WIDTH + 1, -1), eye.repeat(1, HEADS), eye.repeat(1, HEADS)], 1)
    return rows[:WIDTH], m[f"{at}.ov"].transpose(1, 2).reshape(-1, WIDTH)


def rotate(m, o):
    """x' = x O on everything that reads or writes the residual stream."""
    full = torch.block_diag(o, torch.ones(1, 1))
    out = {}
    for name, x in m.items():
        if name.endswith(".qk"):
            out[name] = full.T @ x @ full
        elif name.endswith(".ov"):
            out[name] = o.T @ x @ full
        elif name.endswith("mlp.out.weight"):
            out[name] = o.T @ x
        elif name.endswith("mlp.in.bias"):
            out[name] = x
        elif x.dim() == 1:
            out[name] = x @ o
        else:
            out[name] = x @ o
    return out


def circuit_matching(tensors):
    a, start = side(tensors, "a"), side(tensors, "b")

    def work():
        b = start
        with torch.no_grad():
            for iteration in range(15):
                x, y = stack(a, iteration > 0), stack(b, iteration > 0)
                u, _, v = torch.linalg.svd(y.T @ x)
                b = rotate(b, u @ v)
                for layer in range(LAYERS):
                    at, mlp = f"blocks.{layer}.attention", f"blocks.{layer}.mlp"
                    qk, ov = (torch.cdist(a[f"{at}.{c}"].flatten(1), b[f"{at}.{c}"].flatten(1)) for c in ("qk", "ov"))
                    order = linear_sum_assignment((qk + ov).numpy())[1]
                    b[f"{at}.qk"], b[f"{at}.ov"] = b[f"{at}.qk"][order], b[f"{at}.ov"][order]
                    units = [
                        F.normalize(torch.cat([m[f"{mlp}.in.weight"], m[f"{mlp}.in.bias"][:, None], m[f"{mlp}.out.weight"].T], 1))
                        for m in (a, b)
                    ]
                    order = linear_sum_assignment(torch.cdist(*units, p=1).numpy())[1]
                    for part in ("in.weight", "in.bias"):
                        b[f"{mlp}.{part}"] = b[f"{mlp}.{part}"][order]
                    b[f"{mlp}.out.weight"] = b[f"{mlp}.out.weight"][:, order]

    return work


def circuit_loss(m, ids):
    """Loss of a model whose attention has the reference's layout: head size width + 1."""
    rms = lambda x, name: x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) + m[name]
    x = m["tokens.weight"][ids[:, :-1]] + m["positions.weight"][: ids.shape[1] - 1]
    batch, length, _ = x.shape
    for layer in range(LAYERS):
        at, mlp = f"blocks.{layer}.attention", f"blocks.{layer}.mlp"
        q, k, v = (
            part.view(batch, length, HEADS, WIDTH + 1).transpose(1, 2)
            for part in (rms(x, f"blocks.{layer}.attentionNorm.bias") @ m[f"{at}.in.weight"] + m[f"{at}.in.bias"]).split(HEADS * (WIDTH + 1), 2)
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, -1)
        x = x + seen @ m[f"{at}.out.weight"] + m[f"{at}.output.bias"]
        hidden = F.gelu(F.linear(rms(x, f"blocks.{layer}.mlpNorm.bias"), m[f"{mlp}.in.weight"], m[f"{mlp}.in.bias"]), approximate="tanh")
        x = x + F.linear(hidden, m[f"{mlp}.out.weight"], m[f"{mlp}.out.bias"])
    return F.cross_entropy((rms(x, "norm.bias") @ m["head.weight"].T).flatten(0, 1), ids[:, 1:].flatten())


def learned_step(tensors, batch):
    a, b = reference_layout(side(tensors, "a")), reference_layout(side(tensors, "b"))
    eye = lambda n: (torch.eye(n) + 0.01 * torch.randn(n, n)).requires_grad_()
    latents = [eye(WIDTH), *(eye(HEADS) for _ in range(LAYERS)), *(eye(1024) for _ in range(LAYERS))]
    optimizer = torch.optim.AdamW(latents, lr=3e-4, fused=True)
    ids = torch.randint(0, VOCABULARY, (batch, 257))

    def permutation(z):
        p = torch.zeros_like(z)
        p[torch.arange(len(z)), linear_sum_assignment(z.detach().numpy(), maximize=True)[1]] = 1
        return p + z - z.detach()

    def work():
        u, _, v = torch.linalg.svd(latents[0])
        o = u @ v
        full = torch.block_diag(o, torch.ones(1, 1))
        m = {}
        mix = lambda x, y: 0.5 * x + 0.5 * y
        for name in ("tokens.weight", "positions.weight", "head.weight", "norm.bias"):
            m[name] = mix(a[name], b[name] @ o)
        for layer in range(LAYERS):
            at, mlp = f"blocks.{layer}.attention", f"blocks.{layer}.mlp"
            p, q = permutation(latents[1 + layer]), permutation(latents[1 + LAYERS + layer])
            move = torch.kron(p, torch.eye(WIDTH + 1))
            weight = torch.cat([b[f"{at}.in.weight"], b[f"{at}.in.bias"][None]])
            queries, keys, values = weight.split(HEADS * (WIDTH + 1), 1)
            # Q^T K in the new basis: rows are rotated, and so are the columns of each head.
            queries = (full.T @ (queries.view(WIDTH + 1, HEADS, WIDTH + 1) @ full).flatten(1)) @ move.T
            rows = torch.cat([queries, keys @ move.T, values @ move.T], 1)
            m[f"{at}.in.weight"] = mix(a[f"{at}.in.weight"], rows[:WIDTH])
            m[f"{at}.in.bias"] = mix(a[f"{at}.in.bias"], rows[WIDTH])
            written = (full.T @ b[f"{at}.out.weight"].view(HEADS, WIDTH + 1, WIDTH)).flatten(0, 1) @ o
            m[f"{at}.out.weight"] = mix(a[f"{at}.out.weight"], move @ written)
            for bias in (f"{at}.output.bias", f"blocks.{layer}.attentionNorm.bias", f"blocks.{layer}.mlpNorm.bias", f"{mlp}.out.bias"):
                m[bias] = mix(a[bias], b[bias] @ o)
            m[f"{mlp}.in.weight"] = mix(a[f"{mlp}.in.weight"], q.T @ b[f"{mlp}.in.weight"] @ o)
            m[f"{mlp}.in.bias"] = mix(a[f"{mlp}.in.bias"], b[f"{mlp}.in.bias"] @ q)
            m[f"{mlp}.out.weight"] = mix(a[f"{mlp}.out.weight"], o.T @ b[f"{mlp}.out.weight"] @ q)
        optimizer.zero_grad()
        circuit_loss(m, ids).backward()
        torch.nn.utils.clip_grad_norm_(latents, 1.0)
        optimizer.step()

    return work


def plain_forward(m, x, heads, causal):
    norm = lambda h, name: F.layer_norm(h, (WIDTH,), m[f"{name}.weight"], m[f"{name}.bias"], 1e-5)
    linear = lambda h, name: F.linear(h, m[f"{name}.weight"], m[f"{name}.bias"])
    batch, length, _ = x.shape
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        h = norm(x, f"{block}.attentionNorm")
        q, k, v = (linear(h, f"{block}.attention.{r}").view(batch, length, heads, -1).transpose(1, 2) for r in ("query", "key", "value"))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + linear(seen, f"{block}.attention.output")
        h = F.gelu(linear(norm(x, f"{block}.mlpNorm"), f"{block}.mlp.in"), approximate="tanh" if causal else "none")
        x = x + linear(h, f"{block}.mlp.out")
    return norm(x, "norm")


def gpt2_loss(m, ids):
    x = m["tokens.weight"][ids[:, :-1]] + m["positions.weight"]
    return F.cross_entropy((plain_forward(m, x, HEADS, True) @ m["head.weight"].T).flatten(0, 1), ids[:, 1:].flatten())


def vit_loss(m, images, labels):
    batch = len(images)
    patches = images.view(batch, 8, 4, 8, 4, 3).permute(0, 1, 3, 2, 4, 5).reshape(batch, 64, 48)
    tokens = torch.cat([m["classToken.weight"].expand(batch, 1, WIDTH), F.linear(patches, m["patches.weight"], m["patches.bias"])], 1)
    x = plain_forward(m, tokens + m["positions.weight"], 8, False)
    return F.cross_entropy(F.linear(x[:, 0], m["head.weight"], m["head.bias"]), labels)


def training_step(tensors, name):
    m = {key: value.requires_grad_() for key, value in side(tensors, "a").items()}
    optimizer = torch.optim.AdamW(m.values(), lr=3e-4, fused=True)
    ids = torch.randint(0, VOCABULARY, (8, 257))
    images, labels = torch.randn(128, 32, 32, 3), torch.zeros(128, dtype=torch.long)

    def work():
        optimizer.zero_grad()
        (gpt2_loss(m, ids) if name == "gpt2" else vit_loss(m, images, labels)).backward()
        optimizer.step()

    return work


def losses(tensors):
    a, b = side(tensors, "a"), side(tensors, "b")
    ids = torch.randint(0, VOCABULARY, (100, 257))

    def work():
        with torch.no_grad():
            for t in torch.linspace(0, 1, 11):
                m = {name: torch.lerp(a[name], b[name], t) for name in a}
                for i in range(0, 100, 4):
                    gpt2_loss(m, ids[i : i + 4])

    return work


def products_alone(path, repeat=1):
    """The matrix products [batch, m, k, n] that the bench wrote beside the tensors, and nothing else."""
    shapes = json.loads(Path(path).with_name("products.json").read_text())
    lefts = {(b, m, k): torch.rand(b, m, k) for b, m, k, _ in shapes}
    pairs = [(lefts[b, m, k], torch.rand(b, k, n)) for b, m, k, n in shapes]

    def work():
        with torch.no_grad():
            for _ in range(repeat):
                for x, y in pairs:
                    torch.bmm(x, y)

    return work


def main():
    job, tensors = sys.argv[1], load_tensors(sys.argv[2])
    alone = lambda repeat=1: {"torch, the matrix products alone": products_alone(sys.argv[2], repeat)}
    if job == "circuit-matching":
        take_turns({"torch + scipy, as the paper's code": circuit_matching(tensors)})
    elif job.startswith("learned-step-"):
        take_turns({"torch + scipy, as the paper's code": learned_step(tensors, int(job.split("-")[-1])), **alone()})
    elif job.endswith("-training-step"):
        take_turns({"torch AdamW fused, its attention": training_step(tensors, job.split("-")[0]), **alone()})
    elif job == "transformer-losses":
        take_turns({"torch": losses(tensors), **alone(11 * 25)})
    else:
        sys.exit(f"unknown job {job}")


main()
