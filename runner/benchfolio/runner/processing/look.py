"""What a post-processing gets to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from benchfolio.runner.processing.stage import Array
from benchfolio.runner.suite import Model

Fields = Mapping[str, Array]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a post-processing gets to see of one sample.

    Attributes:
        outputs: Outputs of the model for the sample.
        chosen: The output that the suite names.
        batched: Whether the model's outputs had a batch axis, which is gone here.
        sample: Returns the sample's fields; only called where they are needed, as it may decode an
            image. ``None`` where there is no sample.
    """

    outputs: Mapping[str, Array]
    chosen: str | None = None
    batched: bool = True
    sample: Callable[[], Fields] | None = None

    @property
    def main(self) -> Array:
        """The output the suite names, or the only one; never one with NaN in it."""
        return self.output(self.chosen if self.chosen is not None else self._only())

    def output(self, name: str) -> Array:
        """Return an output.

        Raises:
            ValueError: There is no such output, or it has NaN in it.
        """
        if name not in self.outputs:
            raise ValueError(f"no output {name!r} among {', '.join(self.outputs)}")
        output = self.outputs[name]
        if output.dtype.kind == "f" and np.isnan(output).any():
            # An argmax over NaN would be a class like any other, and an accuracy would hide it.
            raise ValueError(f"output {name!r} has values that are not numbers (NaN)")
        return output

    def fields(self, *names: str) -> list[Array]:
        """Return fields of the sample.

        Raises:
            ValueError: There is no sample, or no such field in it.
        """
        if self.sample is None:
            raise ValueError(f"there are no samples to take {', '.join(names)} from")
        found = self.sample()
        for name in names:
            if name not in found:
                raise ValueError(f"no field {name!r} among {', '.join(found)}")
        return [found[name] for name in names]

    def _only(self) -> str:
        if len(self.outputs) != 1:
            raise ValueError(f"several outputs ({', '.join(self.outputs)}): name one by `output`")
        return next(iter(self.outputs))


def split(model: Model, outputs: Mapping[str, Array]) -> list[dict[str, Array]]:
    """Take a batch of outputs apart; an output whose first axis is no batch goes to each sample.

    The batch size is the first axis of the output that post-processing looks at, or the largest
    number of outputs agree on.
    """
    if not model.batch:
        return [dict(outputs)]
    count = _batch_size(model, outputs)
    return [
        {
            name: array[index] if array.ndim and array.shape[0] == count else array
            for name, array in outputs.items()
        }
        for index in range(count)
    ]


def _batch_size(model: Model, outputs: Mapping[str, Array]) -> int:
    if model.output is not None and model.output in outputs:
        return int(outputs[model.output].shape[0])
    sizes = [int(array.shape[0]) for array in outputs.values() if array.ndim]
    return max(sizes, key=sizes.count) if sizes else 1
