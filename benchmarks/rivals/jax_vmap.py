"""JAX: the step mapped over all networks by vmap, the steps compiled into one scan."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import nn, random

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of

STEPS_A_CALL = 8
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def logits_of(layers, rows, rate=0.0, key=None):  # type: ignore[no-untyped-def]
    """Send rows through one network; with a key units are dropped."""
    units = rows
    for position, (weights, bias) in enumerate(layers):
        units = units @ weights + bias
        if position < len(layers) - 1:
            units = nn.relu(units)
            if key is not None and rate > 0.0:
                key, own = random.split(key)
                kept = random.bernoulli(own, 1.0 - rate, units.shape)
                units = jnp.where(kept, units / (1.0 - rate), 0.0)
    return units


def loss_of(layers, rows, right, key, task: Task):  # type: ignore[no-untyped-def]
    """Return the mean log loss of one network over a batch."""
    logits = logits_of(layers, rows, task.dropout, key)
    if task.binary:
        return jnp.mean(nn.softplus(logits[:, 0]) - logits[:, 0] * right)
    return -jnp.mean(nn.log_softmax(logits)[jnp.arange(task.batch_size), right])


def adamw(state, gradient, number, task: Task):  # type: ignore[no-untyped-def]
    """Take a step with all networks; weights have three dimensions, biases two."""
    layers, first, second = state
    first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, gradient)

    def updated(w, m, v):  # type: ignore[no-untyped-def]
        decay = task.weight_decay if w.ndim == 3 else 0.0
        moved = (m / (1 - BETA_1**number)) / (jnp.sqrt(v / (1 - BETA_2**number)) + EPSILON)
        return w - task.learning_rate * (moved + decay * w)

    return jax.tree.map(updated, layers, first, second), first, second


def prepare(task: Task) -> Rival:
    """Compile the training of all networks."""
    # Of JAX's generators the faster one on a CPU.
    jax.config.update("jax_default_prng_impl", "unsafe_rbg")
    X, y = (jnp.asarray(each) for each in rows_of(task, N_ROWS, seed=3))
    networks = [glorot(task, each) for each in range(task.n_networks)]
    params = jax.tree.map(lambda *same: jnp.asarray(np.stack(same)), *networks)
    zeros = jax.tree.map(jnp.zeros_like, params)
    gradient_of = jax.vmap(jax.grad(partial(loss_of, task=task)), (0, None, None, 0))

    def step(carry, given):  # type: ignore[no-untyped-def]
        (state, number), (batch, key) = carry, given
        keys = random.split(key, task.n_networks)
        gradient = gradient_of(state[0], X[batch], y[batch], keys)
        return (adamw(state, gradient, number + 1, task), number + 1), None

    @jax.jit
    def several(carry, batches, keys):  # type: ignore[no-untyped-def]
        return jax.lax.scan(step, carry, (batches, keys))[0]

    carry, taken, key = ((params, zeros, zeros), jnp.float32(0.0)), 0, random.key(0)

    def train(n_steps: int) -> None:
        nonlocal carry, taken, key
        if n_steps % STEPS_A_CALL:
            raise ValueError(f"n_steps must be a multiple of {STEPS_A_CALL}. Got {n_steps}.")
        for _ in range(n_steps // STEPS_A_CALL):
            key, own = random.split(key)
            batches = jnp.asarray(batches_of(task, taken, STEPS_A_CALL))
            carry = several(carry, batches, random.split(own, STEPS_A_CALL))
            taken += STEPS_A_CALL
        jax.block_until_ready(carry)

    def probabilities(rows: np.ndarray) -> np.ndarray:
        logits = jax.vmap(partial(logits_of, rows=jnp.asarray(rows)))(carry[0][0])
        return np.asarray(nn.sigmoid(logits) if task.binary else nn.softmax(logits, axis=2))

    return Rival(train, probabilities)
