"""From result files to pages: load → merge → derive → tables, charts, pages → render → write.

Arrows go one way, and every step returns values. pandas and numpy are known to ``merge``,
``derive`` and ``collection`` only; ``view`` is what templates and writers get. Importing this
package imports none of it.

- ``load.load(folder)`` reads files, ``merge.merge(files)`` makes a ``collection.Collection``;
- ``definitions.load_definitions(folders)`` and ``tables.build(definition, collection, where)``
  make tables, ``figures.chart(name, …)`` charts, ``pages.pages`` and ``pages.overview`` pages,
  ``values.value(collection, selector)`` one value for running text;
- ``writers.WRITERS`` write CSV, JSON and Markdown; ``lint.examine(files)`` finds what is wrong.
"""
