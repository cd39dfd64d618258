"""Sphinx configuration of the site; all that benchfolio needs is its line in ``extensions``."""

project = "My models"
author = "The people who measure them"
html_title = project
html_theme = "pydata_sphinx_theme"

extensions = ["benchfolio.sphinxext"]
benchfolio_results = "results"  # one JSON file per release and platform
benchfolio_templates = ["templates"]  # yours override the packaged ones

# How the theme behaves: light or dark as the reader's system is, no side bar beside wide tables.
html_context = {"default_mode": "auto"}
html_sidebars = {"benchfolio/**": []}
html_theme_options = {"navbar_end": ["benchfolio-versions", "theme-switcher", "navbar-icon-links"]}
