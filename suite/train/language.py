"""Train `cldr-transformer`: which of 30 languages a name is in."""

from __future__ import annotations

import random
from collections.abc import Iterator

import common
import data
import numpy as np
import torch
from torch import Tensor, nn

SEED, EPOCHS, BATCH, RATE = 1, 16, 64, 2e-3
LENGTH, WIDTH, HEADS, LAYERS = 64, 128, 4, 3


class Layer(nn.Module):
    """Self-attention and a feed-forward net, each normalised first, [N, L, 128] to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.join = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.between = nn.LayerNorm(WIDTH)
        wide = 2 * WIDTH
        self.feed = nn.Sequential(nn.Linear(WIDTH, wide), nn.ReLU(), nn.Linear(wide, WIDTH))
        self.drop = nn.Dropout(0.2)

    def heads(self, x: Tensor) -> Tensor:
        """Split [N, L, 128] into heads, [N, 4, L, 32]."""
        length = int(x.shape[1])  # int: the exported graph has a constant here
        return x.reshape(-1, length, HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Attend wherever `bias` [N, 1, 1, L] is 0 and not where it is far below."""
        y = self.before(x)
        query, key, value = (self.heads(part(y)) for part in (self.query, self.key, self.value))
        weights = (query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + bias).softmax(3)
        seen = (weights @ value).transpose(1, 2).reshape(-1, int(x.shape[1]), WIDTH)
        x = x + self.drop(self.join(seen))
        return x + self.drop(self.feed(self.between(x)))


class Transformer(nn.Module):
    """Tokens int64 [N, 64] to logits [N, 30]."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = nn.Embedding(257, WIDTH, padding_idx=0)
        self.places = nn.Parameter(torch.randn(1, LENGTH, WIDTH) * 0.02)
        # A convolution over five bytes gives attention letter groups to look at, not single bytes.
        self.groups = nn.Conv1d(WIDTH, WIDTH, 5, 1, 2)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.last = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(data.LANGUAGES))
        self.drop = nn.Dropout(0.2)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of the languages; padding (token 0) is neither attended to nor averaged."""
        real = (tokens != 0).float()
        # exp(-30) is nothing beside exp(0), and unlike -1e9 it leaves an 8-bit range its steps.
        bias = ((real - 1) * 30)[:, None, None, :]
        x = self.bytes(tokens)
        x = x + torch.relu(self.groups(x.transpose(1, 2))).transpose(1, 2)
        x = self.drop(x + self.places[:, : int(tokens.shape[1])])
        for layer in self.layers:
            x = layer(x, bias)
        mean = (self.last(x) * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)
        return self.head(self.drop(mean))


def batches(epoch: int) -> Iterator[list[data.Text]]:
    """The training texts in batches of like length, so that short ones are not padded to 64."""
    rng = random.Random(epoch)  # noqa: S311 - an order, not a secret
    texts = data.language_texts("training")
    texts = sorted(texts, key=lambda each: len(each.text) + 3 * rng.random())
    groups = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
    yield from sorted(groups, key=lambda _: rng.random())


def losses(model: nn.Module) -> Iterator[Tensor]:
    """The loss of each batch; languages with few names weigh more, as the test has 100 of each."""
    labels = [label for _, label in data.language_texts("training")]
    share = torch.bincount(torch.tensor(labels)).float() / len(labels)
    weight = (1 / share).sqrt()
    loss = nn.CrossEntropyLoss(weight=weight / weight.mean(), label_smoothing=0.05)
    for epoch in range(EPOCHS):
        for batch in batches(epoch):
            tokens = data.tokens(text for text, _ in batch)
            width = int((tokens != 0).sum(1).max())
            wanted = torch.tensor([label for _, label in batch])
            yield loss(model(torch.from_numpy(tokens[:, :width])), wanted)


def main() -> None:
    """Train, export, and test the exported file."""
    common.start(SEED)
    model = Transformer()
    steps = EPOCHS * sum(1 for _ in batches(0))
    common.train(model, losses(model), steps, RATE, decay=0.1)
    sample = torch.from_numpy(data.tokens(["Deutsch"]))
    path = common.export(model, sample, "cldr-transformer", "tokens", ["logits"])
    texts = data.language_texts("test")
    (logits,) = common.predict(path, data.tokens(text for text, _ in texts), np.asarray)
    right = int((logits.argmax(1) == np.array([label for _, label in texts])).sum())
    common.say(f"top-1 accuracy {right / len(texts):.4f} ({right} of {len(texts)})")


if __name__ == "__main__":
    main()
