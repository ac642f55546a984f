"""Torch's own TransformerEncoder with sine positions, classifying sequences."""

import math

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "PyTorch tutorials, Language Modeling with nn.Transformer, as a classifier"
TASK = "classification"


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout, max_len=50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])


class Net(nn.Module):
    def __init__(self, n_tokens=20, d_model=16, nhead=4, d_hid=32, nlayers=2, dropout=0.1):
        super().__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(n_tokens, d_model)
        self.pos_encoder = PositionalEncoding(d_model, dropout)
        layer = nn.TransformerEncoderLayer(d_model, nhead, d_hid, dropout, batch_first=True)
        self.transformer_encoder = nn.TransformerEncoder(layer, nlayers)
        self.linear = nn.Linear(d_model, 4)

    def forward(self, src):
        x = self.pos_encoder(self.embedding(src) * math.sqrt(self.d_model))
        return self.linear(self.transformer_encoder(x).mean(dim=1))


def make_data(n_rows, seed):
    """Sequences of ten tokens; the class is the group of five from which most of them come."""
    drawn = torch.Generator().manual_seed(seed)
    classes = torch.randint(4, (n_rows,), generator=drawn)
    tokens = torch.randint(20, (n_rows, 10), generator=drawn)
    ours = torch.randint(5, (n_rows, 10), generator=drawn) + 5 * classes.view(-1, 1)
    return torch.where(torch.rand(n_rows, 10, generator=drawn) < 0.5, ours, tokens), classes


loss = F.cross_entropy

SITES = (
    "pos_encoder.dropout",
    "transformer_encoder.layers.0.dropout",
    "transformer_encoder.layers.0.dropout1",
    "transformer_encoder.layers.0.dropout2",
    "transformer_encoder.layers.1.dropout",
    "transformer_encoder.layers.1.dropout1",
    "transformer_encoder.layers.1.dropout2",
)
INSIDE = ("transformer_encoder.layers.0.self_attn", "transformer_encoder.layers.1.self_attn")
N_FUNCTIONAL = 0
DECAYED = (
    "transformer_encoder.layers.0.self_attn.in_proj_weight",
    "transformer_encoder.layers.0.self_attn.out_proj.weight",
    "transformer_encoder.layers.0.linear1.weight",
    "transformer_encoder.layers.0.linear2.weight",
    "transformer_encoder.layers.1.self_attn.in_proj_weight",
    "transformer_encoder.layers.1.self_attn.out_proj.weight",
    "transformer_encoder.layers.1.linear1.weight",
    "transformer_encoder.layers.1.linear2.weight",
    "linear.weight",
)
