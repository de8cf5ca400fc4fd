"""Sixteen models at once in JAX: one after the other (map), stacked (vmap), and half of them on each device (pmap). python jax_population.py JOB"""
import os

CORES = len(os.sched_getaffinity(0))
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={CORES}"

import jax

from common import BATCH, DIMS, take_turns
from jax_jobs import fresh, step

MODELS = 16
STEPS = 60


def main():
    key = jax.random.key(0)
    x = jax.random.normal(key, (STEPS, BATCH, DIMS[0]))
    y = jax.random.randint(key, (STEPS, BATCH), 0, DIMS[-1])

    def train(state, x, y):
        return jax.lax.scan(step, state, (x, y))

    def one_by_one(states, x, y):
        return jax.lax.map(lambda state: train(state, x, y), states)

    def repeated(run, states):
        box = [states]

        def work():
            box[0], losses = run(box[0], x, y)
            jax.block_until_ready(losses)

        return work, 1 / (STEPS * MODELS)

    def states():
        return jax.vmap(fresh)(jax.random.split(key, MODELS))

    devices = max(n for n in range(1, CORES + 1) if MODELS % n == 0)
    split = jax.tree.map(lambda leaf: leaf.reshape(devices, MODELS // devices, *leaf.shape[1:]), states())
    take_turns(
        {
            "JAX map": repeated(jax.jit(one_by_one, donate_argnums=0), states()),
            "JAX vmap": repeated(jax.jit(jax.vmap(train, in_axes=(0, None, None)), donate_argnums=0), states()),
            f"JAX pmap, {devices} devices": repeated(jax.pmap(one_by_one, in_axes=(0, None, None), donate_argnums=0), split),
        }
    )


main()
