"""A causal language model: fused attention that drops inside, one matrix for words in and out."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "Karpathy, Let's build GPT / nanoGPT"
TASK = "other"


class LayerNorm(nn.Module):
    """Torch's has no option to leave out the bias alone in old versions."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight)


class CausalSelfAttention(nn.Module):
    def __init__(self, width, n_head, dropout):
        super().__init__()
        self.n_head, self.dropout = n_head, dropout
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.resid_dropout = nn.Dropout(dropout)

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (
            part.view(batch, time, self.n_head, width // self.n_head).transpose(1, 2)
            for part in self.c_attn(x).split(width, dim=2)
        )
        y = F.scaled_dot_product_attention(
            q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True
        )
        y = y.transpose(1, 2).contiguous().view(batch, time, width)
        return self.resid_dropout(self.c_proj(y))


class MLP(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.c_proj(F.gelu(self.c_fc(x))))


class Block(nn.Module):
    def __init__(self, width, n_head, dropout):
        super().__init__()
        self.ln_1 = LayerNorm(width)
        self.attn = CausalSelfAttention(width, n_head, dropout)
        self.ln_2 = LayerNorm(width)
        self.mlp = MLP(width, dropout)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Net(nn.Module):
    def __init__(self, vocab_size=16, block_size=12, width=24, n_head=3, n_layer=2, dropout=0.2):
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(vocab_size, width),
                "wpe": nn.Embedding(block_size, width),
                "drop": nn.Dropout(dropout),
                "h": nn.ModuleList(Block(width, n_head, dropout) for _ in range(n_layer)),
                "ln_f": LayerNorm(width),
            }
        )
        self.lm_head = nn.Linear(width, vocab_size, bias=False)
        self.apply(self._init_weights)
        self.transformer["wte"].weight = self.lm_head.weight

    def _init_weights(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, idx):
        positions = torch.arange(idx.shape[1], device=idx.device)
        x = self.transformer["wte"](idx) + self.transformer["wpe"](positions)
        x = self.transformer["drop"](x)
        for block in self.transformer["h"]:
            x = block(x)
        return self.lm_head(self.transformer["ln_f"](x))


def make_data(n_rows, seed):
    """Walks over 16 letters: nearly always five on, now and then anywhere."""
    drawn = torch.Generator().manual_seed(seed)
    letters = torch.empty(n_rows, 13, dtype=torch.long)
    letters[:, 0] = torch.randint(16, (n_rows,), generator=drawn)
    for time in range(1, 13):
        anywhere = torch.randint(16, (n_rows,), generator=drawn)
        strays = torch.rand(n_rows, generator=drawn) < 0.1
        letters[:, time] = torch.where(strays, anywhere, (letters[:, time - 1] + 5) % 16)
    return letters[:, :-1].contiguous(), letters[:, 1:].contiguous()


def loss(outputs, targets, reduction="mean"):
    each = F.cross_entropy(outputs.transpose(1, 2), targets, reduction="none").mean(dim=1)
    return each.mean() if reduction == "mean" else each


SITES = (
    "transformer.drop",
    "transformer.h.0.attn.resid_dropout",
    "transformer.h.0.mlp.dropout",
    "transformer.h.1.attn.resid_dropout",
    "transformer.h.1.mlp.dropout",
)
INSIDE = ()
N_FUNCTIONAL = 2
DECAYED = (
    "transformer.wte.weight",
    "transformer.h.0.attn.c_attn.weight",
    "transformer.h.0.attn.c_proj.weight",
    "transformer.h.0.mlp.c_fc.weight",
    "transformer.h.0.mlp.c_proj.weight",
    "transformer.h.1.attn.c_attn.weight",
    "transformer.h.1.attn.c_proj.weight",
    "transformer.h.1.mlp.c_fc.weight",
    "transformer.h.1.mlp.c_proj.weight",
)
