"""A temporal convolutional network for series: weight_norm on every convolution of a block."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

SOURCE = "locuslab, TCN (after Bai, Kolter & Koltun 2018)"
TASK = "regression"


class Chomp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return x[:, :, : -self.size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_in, n_out, kernel_size, dilation, dropout):
        super().__init__()
        padding = (kernel_size - 1) * dilation
        self.conv1 = weight_norm(
            nn.Conv1d(n_in, n_out, kernel_size, padding=padding, dilation=dilation)
        )
        self.conv2 = weight_norm(
            nn.Conv1d(n_out, n_out, kernel_size, padding=padding, dilation=dilation)
        )
        self.net = nn.Sequential(
            self.conv1,
            Chomp(padding),
            nn.ReLU(),
            nn.Dropout(dropout),
            self.conv2,
            Chomp(padding),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.downsample = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else None

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.net(x) + shortcut)


class Net(nn.Module):
    def __init__(self, n_series=2, width=12, levels=2, kernel_size=3, dropout=0.2):
        super().__init__()
        blocks = [
            TemporalBlock(n_series if i == 0 else width, width, kernel_size, 2**i, dropout)
            for i in range(levels)
        ]
        self.network = nn.Sequential(*blocks)
        self.linear = nn.Linear(width, 1)

    def forward(self, x):
        return self.linear(self.network(x)[:, :, -1]).squeeze(-1)


def make_data(n_rows, seed):
    """Two series of 20 steps; the target is a product of late values of both."""
    drawn = torch.Generator().manual_seed(seed)
    series = torch.randn(n_rows, 2, 20, generator=drawn)
    noise = 0.1 * torch.randn(n_rows, generator=drawn)
    return series, series[:, 0, -4:].sum(dim=1) + series[:, 0, -1] * series[:, 1, -2] + noise


loss = F.mse_loss

SITES = ("network.0.net.3", "network.0.net.7", "network.1.net.3", "network.1.net.7")
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = (
    "network.0.conv1.parametrizations.weight.original0",
    "network.0.conv2.parametrizations.weight.original0",
    "network.0.downsample.weight",
    "network.1.conv1.parametrizations.weight.original0",
    "network.1.conv2.parametrizations.weight.original0",
    "linear.weight",
)
