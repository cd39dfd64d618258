"""Samples into the inputs of a model, and its outputs into predictions.

Each step is a pure function from an array to an array, one entry in ``STEPS``; each post-processing
one from what there is of one sample to a prediction, one entry in ``POSTPROCESSES``. What an entry
says of its argument is checked when the suite is loaded, with the line.
"""

from __future__ import annotations

from benchfolio.runner.processing.answers import AnswerOptions
from benchfolio.runner.processing.detections import DetectionOptions, Detections
from benchfolio.runner.processing.feeding import Feeds, preprocess
from benchfolio.runner.processing.look import Look, split
from benchfolio.runner.processing.predictions import (
    POSTPROCESSES,
    SegmentationOptions,
    postprocess,
)
from benchfolio.runner.processing.stage import Stage, argument
from benchfolio.runner.processing.steps import STEPS, apply

__all__ = [
    "POSTPROCESSES",
    "STEPS",
    "AnswerOptions",
    "DetectionOptions",
    "Detections",
    "Feeds",
    "Look",
    "SegmentationOptions",
    "Stage",
    "apply",
    "argument",
    "postprocess",
    "preprocess",
    "split",
]
