"""A small vision transformer: patches, a class token, learned positions, torch's attention."""

import torch
import torch.nn.functional as F
from torch import nn

SOURCE = "UvA Deep Learning tutorials, Vision Transformers"
TASK = "classification"


class AttentionBlock(nn.Module):
    def __init__(self, embed_dim, hidden_dim, num_heads, dropout):
        super().__init__()
        self.layer_norm_1 = nn.LayerNorm(embed_dim)
        self.attn = nn.MultiheadAttention(embed_dim, num_heads, dropout=dropout, batch_first=True)
        self.layer_norm_2 = nn.LayerNorm(embed_dim)
        self.linear = nn.Sequential(
            nn.Linear(embed_dim, hidden_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, embed_dim),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        normed = self.layer_norm_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False)[0]
        return x + self.linear(self.layer_norm_2(x))


class Net(nn.Module):
    def __init__(self, embed_dim=24, hidden_dim=48, num_heads=4, num_layers=2, dropout=0.2):
        super().__init__()
        self.patches = nn.Conv2d(1, embed_dim, kernel_size=4, stride=4)
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.pos_embedding = nn.Parameter(torch.randn(1, 1 + 9, embed_dim))
        self.dropout = nn.Dropout(dropout)
        self.transformer = nn.Sequential(
            *(AttentionBlock(embed_dim, hidden_dim, num_heads, dropout) for _ in range(num_layers))
        )
        self.mlp_head = nn.Sequential(nn.LayerNorm(embed_dim), nn.Linear(embed_dim, 4))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embedding
        x = self.transformer(self.dropout(x))
        return self.mlp_head(x[:, 0])


def make_data(n_rows, seed):
    """Noise with a bright square in one of four corners."""
    drawn = torch.Generator().manual_seed(seed)
    corners = torch.randint(4, (n_rows,), generator=drawn)
    images = torch.randn(n_rows, 1, 12, 12, generator=drawn)
    for image, corner in zip(images, corners.tolist(), strict=True):
        top, left = 8 * (corner // 2), 8 * (corner % 2)
        image[:, top : top + 4, left : left + 4] += 1.0
    return images, corners


loss = F.cross_entropy

SITES = (
    "dropout",
    "transformer.0.linear.2",
    "transformer.0.linear.4",
    "transformer.1.linear.2",
    "transformer.1.linear.4",
)
INSIDE = ("transformer.0.attn", "transformer.1.attn")
N_FUNCTIONAL = 0
DECAYED = (
    "patches.weight",
    "transformer.0.attn.in_proj_weight",
    "transformer.0.attn.out_proj.weight",
    "transformer.0.linear.0.weight",
    "transformer.0.linear.3.weight",
    "transformer.1.attn.in_proj_weight",
    "transformer.1.attn.out_proj.weight",
    "transformer.1.linear.0.weight",
    "transformer.1.linear.3.weight",
    "mlp_head.1.weight",
)
