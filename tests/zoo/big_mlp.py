"""An MLP of over a million parameters whose dropout is functional, on inputs and hidden layers."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "The MNIST network of Srivastava et al. 2014, as rewritten in many PyTorch tutorials"
TASK = "classification"


class Net(nn.Module):
    def __init__(self, n_features=64, width=1024, n_classes=10):
        super().__init__()
        self.fc1 = nn.Linear(n_features, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, n_classes)

    def forward(self, x):
        x = F.dropout(x, p=0.2, training=self.training)
        x = F.dropout(F.relu(self.fc1(x)), p=0.5, training=self.training)
        x = F.dropout(F.relu(self.fc2(x)), p=0.5, training=self.training)
        return self.fc3(x)


def make_data(n_rows, seed):
    """Points around ten centres in 64 dimensions."""
    centres = torch.randn(10, 64, generator=torch.Generator().manual_seed(64))
    drawn = torch.Generator().manual_seed(seed)
    classes = torch.randint(10, (n_rows,), generator=drawn)
    return centres[classes] + 2 * torch.randn(n_rows, 64, generator=drawn), classes


loss = F.cross_entropy

SITES = ()
INSIDE = ()
N_FUNCTIONAL = 3
DECAYED = ("fc1.weight", "fc2.weight", "fc3.weight")
