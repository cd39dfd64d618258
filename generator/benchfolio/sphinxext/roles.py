"""The role for one value in running text, so that text cannot contradict the table."""

from __future__ import annotations

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from benchfolio.generator.view import Entry
from benchfolio.sphinxext.domain import domain_of
from benchfolio.sphinxext.nodes import ValueView
from benchfolio.sphinxext.views import Missing

logger = logging.getLogger(__name__)


class ValueRole(SphinxRole):
    """``:benchfolio:`SELECTOR```: the value as the tables show it, linked to its evidence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the value; a selector that finds nothing is a warning and shows as itself."""
        domain = domain_of(self.env)
        key = ("value", self.text)
        view = domain.views.resolve(key)
        domain.note_use(self.env.docname, key, view)
        if isinstance(view, Entry):
            return [ValueView(view=view)], []
        reason = view.text if isinstance(view, Missing) else "not a value"
        logger.warning(
            "benchfolio: %s: %s",
            self.text,
            reason,
            location=self.get_location(),
            type="benchfolio",
        )
        return [nodes.literal(self.text, self.text)], []
