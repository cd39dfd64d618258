"""Tables of published pages, carried into the contract.

A document (``documents``) becomes grids of exact text; a mapping file (``mapping``) says what
their columns are; ``tables`` makes result files of both.
"""

from benchfolio.importers.pages.documents import Page, parse_page, read_page
from benchfolio.importers.pages.mapping import Mapping, load_mapping
from benchfolio.importers.pages.tables import Imported, Summary, import_page

__all__ = [
    "Imported",
    "Mapping",
    "Page",
    "Summary",
    "import_page",
    "load_mapping",
    "parse_page",
    "read_page",
]
