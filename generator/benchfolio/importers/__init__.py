"""Tables of other publications, carried into the contract.

A document (``documents``) becomes grids of exact text; a mapping file (``mapping``) says what
their columns are; ``tables`` makes result files of both, and ``listing`` turns the import round.
"""

from benchfolio.importers.documents import Page, parse_page, read_page
from benchfolio.importers.listing import Printed, printed
from benchfolio.importers.mapping import Mapping, load_mapping
from benchfolio.importers.tables import Imported, Summary, import_page

__all__ = [
    "Imported",
    "Mapping",
    "Page",
    "Printed",
    "Summary",
    "import_page",
    "load_mapping",
    "parse_page",
    "printed",
    "read_page",
]
