"""A bidirectional LSTM that classifies texts: it drops within, one dropout module serves twice."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "bentrevett, PyTorch Sentiment Analysis, Updated Sentiment Analysis"
TASK = "classification"


class Net(nn.Module):
    def __init__(self, vocab_size=40, embedding_dim=16, hidden_dim=12, dropout=0.5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.rnn = nn.LSTM(
            embedding_dim,
            hidden_dim,
            num_layers=2,
            bidirectional=True,
            dropout=dropout,
            batch_first=True,
        )
        self.fc = nn.Linear(hidden_dim * 2, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text):
        embedded = self.dropout(self.embedding(text))
        _, (hidden, _) = self.rnn(embedded)
        hidden = self.dropout(torch.cat((hidden[-2], hidden[-1]), dim=1))
        return self.fc(hidden)


def make_data(n_rows, seed):
    """Texts of 15 words, padded with 0, in which words below 20 are kind and the others unkind."""
    drawn = torch.Generator().manual_seed(seed)
    kind = torch.randint(2, (n_rows,), generator=drawn)
    share = torch.where(kind == 1, 0.75, 0.25).view(-1, 1)
    low = torch.rand(n_rows, 15, generator=drawn) < share
    words = torch.randint(1, 20, (n_rows, 15), generator=drawn) + 20 * ~low
    n_words = torch.randint(8, 16, (n_rows, 1), generator=drawn)
    return words * (torch.arange(15) < n_words), kind


loss = F.cross_entropy

SITES = ("dropout",)
INSIDE = ("rnn",)
N_FUNCTIONAL = 0
DECAYED = (
    "rnn.weight_ih_l0",
    "rnn.weight_hh_l0",
    "rnn.weight_ih_l0_reverse",
    "rnn.weight_hh_l0_reverse",
    "rnn.weight_ih_l1",
    "rnn.weight_hh_l1",
    "rnn.weight_ih_l1_reverse",
    "rnn.weight_hh_l1_reverse",
    "fc.weight",
)
