"""Sphinx configuration of the site; all that benchfolio needs is its line in ``extensions``."""

project = "My models"
author = "The people who measure them"
html_title = project
html_theme = "pydata_sphinx_theme"

extensions = ["benchfolio.sphinxext"]
benchfolio_results = "results"  # one JSON file per release and platform
benchfolio_templates = ["templates"]  # yours override the packaged ones
