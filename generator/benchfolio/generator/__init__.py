"""From result files to pages: load → merge → derive → tables, charts, pages → render → write.

Arrows go one way, and every step returns values. Columns are known to ``frame``, ``columns``,
``merge``, ``derive``, ``collection`` and what compares releases; ``view`` is what templates and
writers get. Importing this package imports none of it.

- ``load.open_results(folder)`` reads files and makes a ``collection.Collection``, from a cache
  where it can; ``load.load(folder)`` gives the files, and ``merge.merge(files)`` merges them;
- ``definitions.load_definitions(folders)`` and ``tables.build(definition, collection, where)``
  make tables, ``figures.chart(name, …)`` charts, ``values.value(collection, selector)`` one value
  for running text; ``pages.Plan`` says which pages there are, and makes those that are wanted;
- ``writers.WRITERS`` write CSV, JSON and Markdown; ``lint.examine(files)`` finds what is wrong.
"""
