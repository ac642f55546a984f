"""A small wide residual network: dropout between the two convolutions of a block."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "Wide ResNet for CIFAR, as in many PyTorch tutorials (after Zagoruyko & Komodakis 2016)"
TASK = "classification"


class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride, dropout):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, padding=1, bias=False)
        self.dropout = nn.Dropout(p=dropout)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(in_planes, planes, 1, stride=stride))

    def forward(self, x):
        out = self.dropout(self.conv1(F.relu(self.bn1(x))))
        out = self.conv2(F.relu(self.bn2(out)))
        return out + self.shortcut(x)


class Net(nn.Module):
    def __init__(self, width=8, dropout=0.3, n_classes=5):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.layer1 = BasicBlock(width, width, 1, dropout)
        self.layer2 = BasicBlock(width, 2 * width, 2, dropout)
        self.layer3 = BasicBlock(2 * width, 4 * width, 2, dropout)
        self.bn = nn.BatchNorm2d(4 * width)
        self.linear = nn.Linear(4 * width, n_classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        x = F.adaptive_avg_pool2d(F.relu(self.bn(x)), 1).flatten(1)
        return self.linear(x)


def make_data(n_rows, seed):
    """Stripes of five directions in three colours of random strength, under noise."""
    drawn = torch.Generator().manual_seed(seed)
    classes = torch.randint(5, (n_rows,), generator=drawn)
    angle = classes.view(-1, 1, 1, 1) * torch.pi / 5
    rows, columns = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
    phase = 6.3 * torch.rand(n_rows, 1, 1, 1, generator=drawn)
    stripes = torch.sin(1.5 * (rows * torch.cos(angle) + columns * torch.sin(angle)) + phase)
    colours = 0.5 + torch.rand(n_rows, 3, 1, 1, generator=drawn)
    noise = 0.5 * torch.randn(n_rows, 3, 12, 12, generator=drawn)
    return colours * stripes + noise, classes


loss = F.cross_entropy

SITES = ("layer1.dropout", "layer2.dropout", "layer3.dropout")
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = (
    "stem.weight",
    "layer1.conv1.weight",
    "layer1.conv2.weight",
    "layer2.conv1.weight",
    "layer2.conv2.weight",
    "layer2.shortcut.0.weight",
    "layer3.conv1.weight",
    "layer3.conv2.weight",
    "layer3.shortcut.0.weight",
    "linear.weight",
)
