"""This site's configuration; a new project needs no more than this."""

project = "benchfolio"
author = "the benchfolio authors"
project_copyright = author
root_doc = "index"

extensions = ["benchfolio.sphinxext", "sphinx_design"]
nitpicky = True

# Where the measurements are, relative to this file. Everything else has a default:
# benchfolio_tables, benchfolio_templates, benchfolio_release, benchfolio_strict …
benchfolio_results = "results"
# Servers may send the policy default-src 'self': inline scripts of the theme become files.
benchfolio_strict_policy = True

html_theme = "pydata_sphinx_theme"
html_title = "benchfolio"
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
# Generated pages are found through tables, lists and search; a sidebar on every one of them
# would name all the others, and 1,000 of them would take minutes.
html_sidebars = {"benchfolio/**": [], "published/**": [], "index": []}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["benchfolio-versions", "theme-switcher", "navbar-icon-links"],
    "navigation_with_keys": False,
    "show_prev_next": False,
    # Generated pages give their whole width to tables.
    "secondary_sidebar_items": {"benchfolio/**": [], "docs/**": ["page-toc"]},
    "footer_start": ["copyright"],
    "footer_end": [],
}
