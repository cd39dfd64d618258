"""Declarative table definitions: YAML files, validated with file and line in every error.

A definition in a user's own directory replaces the packaged one of the same id.
"""

from benchfolio.generator.definitions.fields import CELL_FIELDS, ENTITY_FIELDS, ROW_FIELDS
from benchfolio.generator.definitions.loading import load_definitions, packaged, parse
from benchfolio.generator.definitions.types import Definition, Not, Texts, ValueSpec

__all__ = [
    "CELL_FIELDS",
    "ENTITY_FIELDS",
    "ROW_FIELDS",
    "Definition",
    "Not",
    "Texts",
    "ValueSpec",
    "load_definitions",
    "packaged",
    "parse",
]
