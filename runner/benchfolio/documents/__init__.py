"""YAML that people write, as values that know where they stand: bounded, with every error placed.

Knows ``benchfolio.results`` alone, and imports the YAML reader only when a file is read.
"""

from benchfolio.documents.node import Form, Mark, Node, Trail, problem
from benchfolio.documents.patterns import starred
from benchfolio.documents.typed import convert
from benchfolio.documents.yaml import parse, read

__all__ = [
    "Form",
    "Mark",
    "Node",
    "Trail",
    "convert",
    "parse",
    "problem",
    "read",
    "starred",
]
