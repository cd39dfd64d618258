"""One project, built once for all tests that only look at the output."""

from __future__ import annotations

import pytest
from pages.building import Built, make_project, sphinx


@pytest.fixture(scope="session")
def project_built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a project built as HTML with the theme we use."""
    folder = tmp_path_factory.mktemp("project")
    return sphinx(make_project(folder, theme="pydata_sphinx_theme"))
