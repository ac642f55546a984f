"""A siamese network: one encoder for both of a pair, so that its dropout is called twice a step."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "PyTorch examples, Siamese Network (after Bromley et al. 1993)"
TASK = "classification"


class Net(nn.Module):
    def __init__(self, n_features=12, width=32):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_features, width),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(0.4),
        )
        self.head = nn.Linear(2 * width, 1)

    def forward(self, left, right):
        one, other = self.encoder(left), self.encoder(right)
        return self.head(torch.cat([(one - other).abs(), one * other], dim=1)).squeeze(1)


def make_data(n_rows, seed):
    """Points around four centres; a pair is alike if both come from the same one."""
    centres = 2 * torch.randn(4, 12, generator=torch.Generator().manual_seed(4))
    drawn = torch.Generator().manual_seed(seed)
    left = torch.randint(4, (n_rows,), generator=drawn)
    other = torch.randint(4, (n_rows,), generator=drawn)
    right = torch.where(torch.rand(n_rows, generator=drawn) < 0.4, left, other)
    noise = torch.randn(2, n_rows, 12, generator=drawn)
    return (centres[left] + noise[0], centres[right] + noise[1]), (left == right).float()


loss = F.binary_cross_entropy_with_logits

SITES = ("encoder.2", "encoder.5")
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = ("encoder.0.weight", "encoder.3.weight", "head.weight")
