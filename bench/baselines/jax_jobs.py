"""The training step as a JAX user writes it: one compiled scan. python jax_jobs.py JOB"""
import sys

import jax
import jax.numpy as jnp

from common import BATCH, DIMS, median_seconds, report

STEPS = 120


def init(key):
    params = []
    for inputs, outputs in zip(DIMS, DIMS[1:]):
        key, child = jax.random.split(key)
        layer = dict(w=jax.random.normal(child, (inputs, outputs)) / inputs**0.5, b=jnp.zeros(outputs))
        if outputs == DIMS[1]:
            layer |= dict(scale=jnp.ones(outputs), shift=jnp.zeros(outputs))
        params.append(layer)
    return params


def forward(params, x):
    for layer in params:
        x = x @ layer["w"] + layer["b"]
        if "scale" in layer:
            centred = x - x.mean(-1, keepdims=True)
            x = centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * layer["scale"] + layer["shift"]
            x = jax.nn.gelu(x, approximate=False)
    return x


def loss(params, x, y):
    return -(jax.nn.log_softmax(forward(params, x)) * jax.nn.one_hot(y, DIMS[-1])).sum(-1).mean()


def step(state, batch):
    params, m, v, t = state
    value, gradient = jax.value_and_grad(loss)(params, *batch)
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    params = jax.tree.map(lambda p, m, v: p - 1e-3 * (m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8) + 0.01 * p), params, m, v)
    return (params, m, v, t), value


def fresh(key):
    params = init(key)
    return params, jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params), 0.0


def main():
    job = sys.argv[1]
    key = jax.random.key(0)
    x = jax.random.normal(key, (STEPS, BATCH, DIMS[0]))
    y = jax.random.randint(key, (STEPS, BATCH), 0, DIMS[-1])

    def timed(run, state, repeat=3):
        box = [state]

        def work():
            box[0], losses = run(box[0])
            jax.block_until_ready(losses)

        return median_seconds(work, repeat)

    if job == "training-step":
        run = jax.jit(lambda state: jax.lax.scan(step, state, (x, y)), donate_argnums=0)
        report(job, "JAX scan", timed(run, fresh(key)) / STEPS)
    else:
        sys.exit(f"unknown job {job}")


if __name__ == "__main__":
    main()
