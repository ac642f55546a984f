"""A first convolutional network for digits, with dropout as a module and as a function."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "PyTorch examples, Basic MNIST Example (its first version, with Dropout2d)"
TASK = "classification"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


def make_data(n_rows, seed):
    """Ten blurred blots, each a digit, under noise."""
    templates = torch.randn(10, 1, 7, 7, generator=torch.Generator().manual_seed(10))
    drawn = torch.Generator().manual_seed(seed)
    digits = torch.randint(10, (n_rows,), generator=drawn)
    images = F.interpolate(templates, scale_factor=4, mode="bilinear")[digits]
    return images + torch.randn(n_rows, 1, 28, 28, generator=drawn), digits


loss = F.nll_loss

SITES = ("conv2_drop",)
INSIDE = ()
N_FUNCTIONAL = 1
DECAYED = ("conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight")
