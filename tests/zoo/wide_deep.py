"""Wide and deep: crossed columns go straight to the output, others through an MLP, by name."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "Wide & Deep for census data (after Cheng et al. 2016)"
TASK = "classification"


class Net(nn.Module):
    def __init__(self, n_crossed=12, cardinalities=(4, 3), n_numbers=6, dropout=0.25):
        super().__init__()
        self.wide = nn.EmbeddingBag(n_crossed, 1, mode="sum")
        self.embeds = nn.ModuleList(nn.Embedding(n, 4) for n in cardinalities)
        self.deep = nn.Sequential(
            nn.Linear(n_numbers + 4 * len(cardinalities), 32),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(32, 16),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(16, 1),
        )

    def forward(self, numbers, categories, crossed):
        embedded = [embed(categories[:, i]) for i, embed in enumerate(self.embeds)]
        deep = self.deep(torch.cat([numbers, *embedded], dim=1))
        return (self.wide(crossed) + deep).squeeze(1)


def make_data(n_rows, seed):
    """A logit that is smooth in the numbers and rough in the crossing of two categories."""
    drawn = torch.Generator().manual_seed(seed)
    numbers = torch.randn(n_rows, 6, generator=drawn)
    categories = torch.stack([torch.randint(n, (n_rows,), generator=drawn) for n in (4, 3)], dim=1)
    crossed = 3 * categories[:, :1] + categories[:, 1:]
    rough = torch.randn(12, generator=torch.Generator().manual_seed(12))
    logit = 2 * rough[crossed.squeeze(1)] + numbers[:, 0] * numbers[:, 1] + 2 * numbers[:, 2]
    labels = (torch.rand(n_rows, generator=drawn) < torch.sigmoid(2 * logit)).float()
    return {"numbers": numbers, "categories": categories, "crossed": crossed}, labels


loss = F.binary_cross_entropy_with_logits

SITES = ("deep.3", "deep.6")
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = ("deep.0.weight", "deep.4.weight", "deep.7.weight")
