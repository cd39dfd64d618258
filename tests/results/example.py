"""One small valid result file, as text, for tests that break it in one place."""

from __future__ import annotations

EXAMPLE = """{
  "format": "benchfolio-results",
  "version": 1,
  "release": "2026.4",
  "platform": {"id": "lab-1", "label": "Lab machine"},
  "origin": {"kind": "measured"},
  "models": {"net": {"name": "Net"}},
  "datasets": {"digits": {"name": "Digits", "samples": 100}},
  "recipes": {"original": {"method": "original"}, "ptq": {"method": "ptq"}},
  "artefacts": {"net-fp32": {
    "model": "net", "precision": "FP32", "recipe": "original", "format": "onnx", "bytes": 12
  }},
  "cells": [
    {
      "model": "net", "scenario": "accuracy", "precision": "FP32", "recipe": "original",
      "runtime": "openvino", "device": "CPU", "dataset": "digits", "artefact": "net-fp32",
      "state": "ok",
      "values": {"accuracy@top1": {
        "value": 97.0, "unit": "%", "n": 100,
        "interval": {"low": 91.6, "high": 99.0, "method": "wilson"}
      }}
    },
    {
      "model": "net", "scenario": "latency", "precision": "INT8", "recipe": "ptq",
      "runtime": "openvino", "device": "CPU", "state": "unsupported", "reason": "no kernel"
    }
  ]
}
"""
