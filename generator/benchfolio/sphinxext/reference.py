"""Directives that write reference pages from the code itself, so that they cannot rot."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from benchfolio.results import METRICS, Metric, schema
from benchfolio.sphinxext.settings import SETTINGS, Setting

logger = logging.getLogger(__name__)

Schema = Mapping[str, Any]


class ReferenceDirective(SphinxDirective):
    """Base: gives what was made a place in the sources, which Sphinx counts on."""

    def placed(self, sections: Iterable[nodes.Node]) -> list[nodes.Node]:
        """Return sections whose definitions have a line."""
        result = list(sections)
        for section in result:
            for item in section.findall(nodes.definition_list_item):
                self.set_source_info(item)
        return result


class SchemaDirective(ReferenceDirective):
    """``.. benchfolio-schema::``: every type and key of a result file."""

    def run(self) -> list[nodes.Node]:
        """Return one section per type, the file itself first."""
        document = schema()
        types: Schema = document["$defs"]
        root = document["$ref"].rpartition("/")[2]
        names = [root, *sorted(set(types) - {root})]
        return self.placed(self._type(name, types[name]) for name in names)

    def _type(self, name: str, described: Schema) -> nodes.section:
        section = nodes.section(ids=[type_id(name)], names=[name.lower()])
        section += nodes.title(name, name)
        text = " ".join(described.get("description", "").split())
        if text:
            section += nodes.paragraph(text, text)
        if "enum" in described:
            section += _sentence("One of", [repr_json(value) for value in described["enum"]])
        required = set(described.get("required", ()))
        fields = described.get("properties", {})
        if fields:
            items = [_field(key, fields[key], key in required) for key in fields]
            section += nodes.definition_list("", *items, classes=["bf-schema"])
        return section


def type_id(name: str) -> str:
    """Return the anchor of a type."""
    return f"type-{name.lower()}"


def repr_json(value: object) -> str:
    """Return a value as it stands in a JSON file."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def _sentence(words: str, values: Sequence[str]) -> nodes.paragraph:
    paragraph = nodes.paragraph("", f"{words} ")
    for index, value in enumerate(values):
        if index:
            paragraph += nodes.Text(", ")
        paragraph += nodes.literal(value, value)
    paragraph += nodes.Text(".")
    return paragraph


def _field(key: str, described: Schema, required: bool) -> nodes.definition_list_item:
    term = nodes.term("", "", nodes.literal(key, key))
    need = "required" if required else "optional"
    classifier = nodes.classifier("", "", *_type_nodes(described), nodes.Text(f", {need}"))
    text = " ".join(_description(described).split())
    rules = "; ".join(_rules(described))
    told = " ".join(part for part in (text, f"({rules})" if rules else "") if part)
    body = nodes.definition("", *([nodes.paragraph(told, told)] if told else []))
    return nodes.definition_list_item("", term, classifier, body)


def _description(described: Schema) -> str:
    own = described.get("description", "")
    inner = (option.get("description", "") for option in described.get("anyOf", ()))
    return str(own or next((text for text in inner if text), ""))


def _type_nodes(described: Schema) -> list[nodes.Node]:
    """Return a type in words, with links to the types it names."""
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        return [nodes.reference("", name, refid=type_id(name), internal=True)]
    if "anyOf" in described:
        parts: list[nodes.Node] = []
        for option in described["anyOf"]:
            if option == {"type": "null"}:
                continue  # what is optional may be null; saying so at every key hides the types
            parts += [nodes.Text(" or "), *_type_nodes(option)]
        return parts[1:]
    if "enum" in described or "const" in described:
        values = [repr_json(value) for value in described.get("enum", [described.get("const")])]
        # Literal, so that no quotation mark is made typographic.
        return [nodes.literal(value, value) for value in values]
    match described.get("type"):
        case "array":
            items = described.get("items")
            inner = _type_nodes(items) if isinstance(items, Mapping) and items else []
            return [nodes.Text("array of " if inner else "array"), *inner]
        case "object":
            inner = _type_nodes(described.get("additionalProperties") or {"type": "any"})
            return [nodes.Text("object of "), *inner]
        case kind:
            return [nodes.Text(str(kind or "any"))]


RULES = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
}


def _rules(described: Schema) -> Iterator[str]:
    for option in (described, *described.get("anyOf", ())):
        for name, text in RULES.items():
            if name in option:
                yield text.format(option[name])


OPTIONS: dict[str, Callable[[str], Any]] = {"prog": directives.unchanged}


class CommandsDirective(ReferenceDirective):
    """``.. benchfolio-cli:: MODULE:NAME``: usage and options of click commands."""

    required_arguments = 1
    option_spec = OPTIONS

    def run(self) -> list[nodes.Node]:
        """Return one section per command."""
        module, _, name = self.arguments[0].partition(":")
        program = self.options.get("prog", name)
        command = getattr(importlib.import_module(module), name)
        with click.Context(command, info_name=program) as context:
            return self.placed(self._sections(command, context))

    def _sections(self, command: click.Command, context: click.Context) -> Iterator[nodes.Node]:
        if not isinstance(command, click.Group):
            yield _command(command, context)
            return
        for name in command.list_commands(context):
            try:
                inner = command.get_command(context, name)
            except ImportError as error:
                logger.warning(
                    "%s: command %s cannot be imported here: %s",
                    self.name,
                    name,
                    error,
                    location=self.get_location(),
                    type="benchfolio",
                )
                continue
            if inner is not None:
                yield from self._sections(inner, click.Context(inner, context, info_name=name))


def _command(command: click.Command, context: click.Context) -> nodes.section:
    path = context.command_path
    section = nodes.section(ids=[nodes.make_id(path)], names=[path])
    section += nodes.title(path, path)
    usage = command.get_usage(context).removeprefix("Usage: ")
    section += nodes.literal_block(usage, usage, language="none")
    for part in (command.help or "").split("\n\n"):
        text = " ".join(part.split())
        if text:
            section += nodes.paragraph(text, text)
    options = [param.get_help_record(context) for param in command.get_params(context)]
    items = [_option(*record) for record in options if record]
    if items:
        section += nodes.definition_list("", *items, classes=["bf-options"])
    return section


def _option(names: str, text: str) -> nodes.definition_list_item:
    term = nodes.term("", "", nodes.literal(names, names))
    body = nodes.definition("", nodes.paragraph(text, text))
    return nodes.definition_list_item("", term, body)


class MetricsDirective(ReferenceDirective):
    """``.. benchfolio-metrics::``: the metrics that benchfolio knows."""

    def run(self) -> list[nodes.Node]:
        """Return one definition per metric."""
        items = [_metric(name, metric) for name, metric in METRICS.items()]
        return self.placed([nodes.definition_list("", *items, classes=["bf-metrics"])])


def _metric(name: str, metric: Metric) -> nodes.definition_list_item:
    term = nodes.term("", "", nodes.literal(name, name))
    text = f"{metric.label}, {metric.unit}, {metric.direction} is better"
    body = nodes.definition("", nodes.paragraph(metric.definition, metric.definition))
    return nodes.definition_list_item("", term, nodes.classifier(text, text), body)


class SettingsDirective(ReferenceDirective):
    """``.. benchfolio-config::``: the configuration values of the extension."""

    def run(self) -> list[nodes.Node]:
        """Return one definition per value."""
        items = [_setting(setting) for setting in SETTINGS]
        return self.placed([nodes.definition_list("", *items, classes=["bf-options"])])


def _setting(setting: Setting) -> nodes.definition_list_item:
    term = nodes.term("", "", nodes.literal(setting.name, setting.name))
    default = repr(setting.default)
    body = nodes.definition(
        "",
        nodes.paragraph(setting.description, setting.description),
        nodes.paragraph("", "Default: ", nodes.literal(default, default)),
    )
    return nodes.definition_list_item("", term, body)


def reference_directives() -> Sequence[tuple[str, type[SphinxDirective]]]:
    """Return the directives with their names."""
    return (
        ("benchfolio-schema", SchemaDirective),
        ("benchfolio-cli", CommandsDirective),
        ("benchfolio-metrics", MetricsDirective),
        ("benchfolio-config", SettingsDirective),
    )
