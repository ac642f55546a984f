"""A GRU over packed sequences with attention pooling: a tuple of inputs, functional dropout."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SOURCE = "GRU with attention pooling for text classification (after Yang et al. 2016)"
TASK = "classification"


class Net(nn.Module):
    def __init__(self, n_words=30, width=16, p=0.3):
        super().__init__()
        self.p = p
        self.words = nn.Embedding(n_words, width, padding_idx=0)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.project = nn.Linear(2 * width, width)
        self.context = nn.Parameter(0.1 * torch.randn(width))
        self.out = nn.Linear(2 * width, 3)

    def forward(self, tokens, lengths):
        x = F.dropout(self.words(tokens), self.p, self.training)
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=tokens.shape[1]
        )
        scores = torch.tanh(self.project(states)) @ self.context
        scores = scores.masked_fill(tokens == 0, float("-inf"))
        pooled = (scores.softmax(dim=1).unsqueeze(-1) * states).sum(dim=1)
        return self.out(F.dropout(pooled, self.p, training=self.training))


def make_data(n_rows, seed):
    """Sequences of 4 to 12 tokens; one of them, anywhere, is a keyword and tells the class."""
    drawn = torch.Generator().manual_seed(seed)
    classes = torch.randint(3, (n_rows,), generator=drawn)
    lengths = torch.randint(4, 13, (n_rows,), generator=drawn)
    tokens = torch.randint(4, 30, (n_rows, 12), generator=drawn)
    where = (torch.rand(n_rows, generator=drawn) * lengths).long()
    tokens[torch.arange(n_rows), where] = classes + 1
    return (tokens * (torch.arange(12) < lengths.view(-1, 1)), lengths), classes


loss = F.cross_entropy

SITES = ()
INSIDE = ()
N_FUNCTIONAL = 2
DECAYED = (
    "gru.weight_ih_l0",
    "gru.weight_hh_l0",
    "gru.weight_ih_l0_reverse",
    "gru.weight_hh_l0_reverse",
    "project.weight",
    "out.weight",
)
