"""Batches whose rows are mixed in pairs: inputs, targets and weights of each with its partner's."""

from dropdecay.arrays import Floating, Int64
from dropdecay.kernels.compiled import inner_kernel
from dropdecay.kernels.losses import loss_gradient
from dropdecay.kernels.network import DenseData, Mixing, Workspace


@inner_kernel
def mix(
    data: DenseData,
    rows: Int64,  # (n_rows,) of the batch
    mixing: Mixing,
    batch: int,  # its number within the epoch
    inputs: Floating,  # (n_rows, n_features), updated in place
    workspace: Workspace,  # partners and their shares are written
) -> float:
    """Mix the inputs of a batch, fetch the partners' targets; return the row's own share of both.

    The partner of row i is row i + offset of the batch, which begins again at its end: batches are
    in random order as it is.
    """
    kept, offset, dtype = mixing.kept[batch], mixing.offsets[batch], inputs.dtype.type
    is_one = kept.size == 1
    for i in range(rows.size):
        place = i + offset if i + offset < rows.size else i + offset - rows.size
        x, other = inputs[i], data.inputs[rows[place]]
        for j in range(x.size):
            own = kept[0] if is_one else kept[j]
            x[j] = dtype(own) * x[j] + dtype(1.0 - own) * other[j]
        workspace.partner_shares[i] = workspace.shares[place]
        wanted, to = data.targets[rows[place]], workspace.partners[i]
        for j in range(to.size):
            to[j] = wanted[j]
    return float(mixing.shares[batch])


@inner_kernel
def mixed_loss_gradient(
    loss: int,
    smoothing: float,
    logits: Floating,  # (n_rows, n_outputs), overwritten by the gradient
    spare: Floating,  # (n_rows, n_outputs), written
    targets: Floating,  # (n_rows, n_targets)
    partners: Floating,  # (n_rows, n_targets)
    shares: Floating,  # (n_rows,), as in loss_gradient
    partner_shares: Floating,  # (n_rows,)
    own_share: float,
    losses: Floating,  # (n_rows,), written
    hits: Floating,  # (n_rows,), written
) -> float:
    """Write the gradient of the losses of both targets, each by its share; return their mean.

    For every loss here that is the gradient of the loss of the mixed target (Zhang et al. 2018).
    """
    own, other = logits.dtype.type(own_share), logits.dtype.type(1.0 - own_share)
    for row in range(logits.shape[0]):
        out_of, to = logits[row], spare[row]
        for i in range(to.size):
            to[i] = out_of[i]
    loss_gradient(loss, smoothing, logits, targets, shares, losses, hits)
    total = own_share * weighted_sum(losses, shares)
    loss_gradient(loss, smoothing, spare, partners, partner_shares, losses, hits)
    for row in range(logits.shape[0]):
        mine, its = logits[row], spare[row]
        for i in range(mine.size):
            mine[i] = own * mine[i] + other * its[i]
    return total + (1.0 - own_share) * weighted_sum(losses, partner_shares)


@inner_kernel
def weighted_sum(
    losses: Floating,  # (n_rows,)
    shares: Floating,  # (n_rows,)
) -> float:
    """Sum losses by the shares of their rows."""
    total = 0.0
    for i in range(losses.size):
        total += losses[i] * shares[i]
    return total
