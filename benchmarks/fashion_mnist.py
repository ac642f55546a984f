"""Fashion-MNIST from end to end: a surface over a small CNN, as its users write one in torch.

    python -m benchmarks.fashion_mnist [--rows 60000 --device cuda --width 32 --epochs 12
        --scheduler cosine]

5 dropout rates x 4 weight decays on 3 folds of the first rows of the training set. The network of
the chosen point, trained on all of these rows, is scored once on the 10,000 official test images,
beside the same network without dropout and decay. FOLDER is where Debian's package
dataset-fashion-mnist puts its files; the download from Zalando's repository has the same names.
"""

import argparse
import gzip
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # its users' name

from benchmarks.timing import device_name, write
from dropdecay.torch import ModuleClassifierCV

FOLDER = Path("/usr/share/datasets/fashion-mnist")
DROPOUTS, WEIGHT_DECAYS, N_FOLDS = (0, 0.15, 0.3, 0.45, 0.6), (0, 0.01, 0.1, 1.0), 3


class Cnn(nn.Module):
    """Two convolutions with batch norm, and two dense layers."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(2 * width)
        self.drop1, self.drop2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.hidden, self.out = nn.Linear(2 * width * 7 * 7, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        x = F.max_pool2d(F.relu(self.norm1(self.first(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.second(x))), 2)
        return self.out(self.drop2(F.relu(self.hidden(self.drop1(x.flatten(1))))))


def images_of(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images, (n, 1, 28, 28) in [-1, 1], and classes of "train" or "t10k"."""
    pixels = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    images = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 1, 28, 28)
    return images.astype(np.float32) / 127.5 - 1, np.frombuffer(labels, np.uint8, offset=8)


def main() -> None:
    """Search, score on the test images, print and keep the figures."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--folder", type=Path, default=FOLDER)
    asked.add_argument("--rows", type=int, default=6000)
    asked.add_argument("--epochs", type=int, default=8, help="most epochs")
    asked.add_argument("--width", type=int, default=16, help="channels of the first convolution")
    asked.add_argument("--batch-size", type=int, default=128)
    asked.add_argument("--device", default="cpu")
    asked.add_argument("--precision", default="float32")
    asked.add_argument("--scheduler", help="of the learning rate, such as cosine")
    given = asked.parse_args()
    images, classes = images_of(given.folder, "train")
    test_images, test_classes = images_of(given.folder, "t10k")
    images, classes = images[: given.rows], classes[: given.rows]

    search = ModuleClassifierCV(
        Cnn, module__width=given.width, dropouts=DROPOUTS, weight_decays=WEIGHT_DECAYS,
        cv=N_FOLDS, n_repeats=1, extend=False, max_epochs=given.epochs,
        batch_size=given.batch_size, device=given.device, scheduler=given.scheduler,
        precision=given.precision, random_state=0, n_jobs=1, verbose=True,
    )  # fmt: skip
    began = time.perf_counter()
    search.fit(images, classes)
    seconds = time.perf_counter() - began
    accuracy = search.score(test_images, test_classes)
    print(f"test accuracy: {accuracy}, {search.chosen_params_}, {seconds:.0f} s", flush=True)

    # One value an axis: cross-validation finds its epochs in the same way.
    plain = ModuleClassifierCV(**{**search.get_params(), "dropouts": (0,), "weight_decays": (0,)})
    none = plain.fit(images, classes).score(test_images, test_classes)

    row = {
        "rows": given.rows, "device": device_name(given.device), "most epochs": given.epochs,
        "width": given.width, "precision": given.precision, "scheduler": given.scheduler,
        "networks": len(DROPOUTS) * len(WEIGHT_DECAYS) * N_FOLDS, "seconds": seconds,
        "chosen": search.chosen_params_, "epochs": search.epochs_,
        "test accuracy": accuracy, "without regularization": none, "verdict": str(search.verdict_),
    }  # fmt: skip
    for name, value in row.items():
        print(f"{name}: {value}")
    write(f"fashion_mnist_{given.device.partition(':')[0]}", [row], libraries=("torch",))


if __name__ == "__main__":
    main()
