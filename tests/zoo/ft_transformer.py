"""A transformer over the columns of a table, with attention of its own and a tuple of inputs."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "FT-Transformer, as in the rtdl tutorial (after Gorishniy et al. 2021)"
TASK = "regression"


class NumericalTokenizer(nn.Module):
    """Each number times a vector of its column's, plus another."""

    def __init__(self, n_columns, width):
        super().__init__()
        self.weight = nn.Parameter(0.2 * torch.randn(n_columns, width))
        self.bias = nn.Parameter(0.2 * torch.randn(n_columns, width))

    def forward(self, x):
        return self.weight * x.unsqueeze(-1) + self.bias


class CategoricalTokenizer(nn.Module):
    """All categories in one table, each column at an offset."""

    def __init__(self, cardinalities, width):
        super().__init__()
        self.register_buffer("offsets", torch.tensor([0, *cardinalities[:-1]]).cumsum(0))
        self.embeddings = nn.Embedding(sum(cardinalities), width)
        self.bias = nn.Parameter(0.2 * torch.randn(len(cardinalities), width))

    def forward(self, x):
        return self.embeddings(x + self.offsets) + self.bias


class Attention(nn.Module):
    def __init__(self, width, n_heads, dropout):
        super().__init__()
        self.n_heads = n_heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = (
            part(x).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        attention = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1)
        return self.out((self.dropout(attention) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width, n_heads, attention_dropout, ffn_dropout, residual_dropout):
        super().__init__()
        self.norm0 = nn.LayerNorm(width)
        self.attention = Attention(width, n_heads, attention_dropout)
        self.norm1 = nn.LayerNorm(width)
        self.linear0 = nn.Linear(width, 4 * width)
        self.linear1 = nn.Linear(2 * width, width)
        self.ffn_dropout = nn.Dropout(ffn_dropout)
        self.residual_dropout = nn.Dropout(residual_dropout)

    def forward(self, x):
        x = x + self.residual_dropout(self.attention(self.norm0(x)))
        gate, values = self.linear0(self.norm1(x)).chunk(2, dim=-1)
        hidden = self.ffn_dropout(gate * F.relu(values))
        return x + self.residual_dropout(self.linear1(hidden))


class Net(nn.Module):
    def __init__(self, n_numbers=5, cardinalities=(4, 3), width=16):
        super().__init__()
        self.numbers = NumericalTokenizer(n_numbers, width)
        self.categories = CategoricalTokenizer(cardinalities, width)
        self.cls_token = nn.Parameter(0.2 * torch.randn(width))
        self.blocks = nn.ModuleList(Block(width, 4, 0.2, 0.1, 0.0) for _ in range(2))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x_num, x_cat):
        tokens = torch.cat([self.numbers(x_num), self.categories(x_cat)], dim=1)
        x = torch.cat([self.cls_token.expand(len(tokens), 1, -1), tokens], dim=1)
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 0]).squeeze(-1)


def make_data(n_rows, seed):
    """Five numbers and two categories; the category decides which number counts."""
    drawn = torch.Generator().manual_seed(seed)
    numbers = torch.randn(n_rows, 5, generator=drawn)
    categories = torch.stack([torch.randint(n, (n_rows,), generator=drawn) for n in (4, 3)], dim=1)
    counted = numbers.gather(1, categories[:, :1]).squeeze(1)
    noise = 0.1 * torch.randn(n_rows, generator=drawn)
    return (numbers, categories), counted + categories[:, 1] + noise


loss = F.mse_loss

SITES = (
    "blocks.0.attention.dropout",
    "blocks.0.ffn_dropout",
    "blocks.0.residual_dropout",  # its rate is 0 as written, and it is called twice
    "blocks.1.attention.dropout",
    "blocks.1.ffn_dropout",
    "blocks.1.residual_dropout",
)
INSIDE = ()
N_FUNCTIONAL = 0
DECAYED = (
    "blocks.0.attention.query.weight",
    "blocks.0.attention.key.weight",
    "blocks.0.attention.value.weight",
    "blocks.0.attention.out.weight",
    "blocks.0.linear0.weight",
    "blocks.0.linear1.weight",
    "blocks.1.attention.query.weight",
    "blocks.1.attention.key.weight",
    "blocks.1.attention.value.weight",
    "blocks.1.attention.out.weight",
    "blocks.1.linear0.weight",
    "blocks.1.linear1.weight",
    "head.2.weight",
)
