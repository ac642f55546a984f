"""A U-Net that takes noise out of images: whole channels are dropped, outputs are images."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "milesial, Pytorch-UNet, with spatial dropout (after Ronneberger et al. 2015)"
TASK = "other"


class DoubleConv(nn.Sequential):
    def __init__(self, n_in, n_out, dropout):
        super().__init__(
            nn.Conv2d(n_in, n_out, 3, padding=1),
            nn.GroupNorm(2, n_out),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
            nn.Conv2d(n_out, n_out, 3, padding=1),
            nn.ReLU(inplace=True),
        )


class Net(nn.Module):
    def __init__(self, width=8, dropout=0.1):
        super().__init__()
        self.inc = DoubleConv(1, width, dropout)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(width, 2 * width, dropout))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(2 * width, 4 * width, dropout))
        self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.conv1 = DoubleConv(4 * width, 2 * width, dropout)
        self.up2 = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.conv2 = DoubleConv(2 * width, width, dropout)
        self.outc = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.conv1(torch.cat([x2, self.up1(x3)], dim=1))
        x = self.conv2(torch.cat([x1, self.up2(x)], dim=1))
        return self.outc(x)


def make_data(n_rows, seed):
    """Blurred blots, and the same under noise."""
    drawn = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n_rows, 1, 4, 4, generator=drawn)
    clean = F.interpolate(coarse, scale_factor=4, mode="bilinear")
    return clean + torch.randn(n_rows, 1, 16, 16, generator=drawn), clean


loss = F.mse_loss

SITES = ("inc.3", "down1.1.3", "down2.1.3", "conv1.3", "conv2.3")
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = (
    "inc.0.weight",
    "inc.4.weight",
    "down1.1.0.weight",
    "down1.1.4.weight",
    "down2.1.0.weight",
    "down2.1.4.weight",
    "up1.weight",
    "conv1.0.weight",
    "conv1.4.weight",
    "up2.weight",
    "conv2.0.weight",
    "conv2.4.weight",
    "outc.weight",
)
