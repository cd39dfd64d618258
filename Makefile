# Every target works from a bare clone: it makes the environment it needs first.
# Versions come from requirements.lock, which `make lock` updates.

PYTHON ?= python3
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# A hundred short processes should not compile the same modules a hundred times.
export PYTHONDONTWRITEBYTECODE =

RELEASE ?= 2026.11
PLATFORM ?= this-machine
DEMO := build/demo

.PHONY: help demo site test test-lowest check bench lock wheel clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

# install(environment, what): uv is quick; pip is asked when uv cannot reach an index.
define install
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	@$(1)/bin/python -m uv --version >/dev/null 2>&1 || $(1)/bin/python -m pip install --quiet -c requirements.lock uv
	@echo "installing $(2) into $(1)"
	@$(1)/bin/python -m uv pip install --quiet --compile-bytecode --python $(1)/bin/python $(3) -e '$(2)' \
	  || $(1)/bin/python -m pip install --quiet -c requirements.lock -e '$(2)'
	@touch $@
endef

.venv/all.stamp: pyproject.toml requirements.lock
	$(call install,.venv,.[all],-c requirements.lock)

.venv/dev.stamp: pyproject.toml requirements.lock
	$(call install,.venv,.[dev],-c requirements.lock)

.venv-site/site.stamp: pyproject.toml requirements.lock
	$(call install,.venv-site,.[site],-c requirements.lock)

.venv-lowest/dev.stamp: pyproject.toml requirements.lock
	$(call install,.venv-lowest,.[dev],--resolution lowest-direct)

demo: .venv/all.stamp ## Measure the bundled suite on this machine and build its site.
	@mkdir -p $(DEMO)/results && cp -R results/. $(DEMO)/results/
	@.venv/bin/benchfolio run suite/suite.yaml --release $(RELEASE) --platform $(PLATFORM) \
	  --out $(DEMO)/results --cache build/cache --resume > $(DEMO)/summary.txt
	@.venv/bin/benchfolio build --results $(DEMO)/results --out $(DEMO)/site
	@cat $(DEMO)/summary.txt

site: .venv-site/site.stamp ## Build the site from the committed results; needs no engine.
	@.venv-site/bin/benchfolio build --out build/site

test: .venv/dev.stamp ## Run all tests.
	@.venv/bin/python -m pytest -n 2 --dist loadfile

test-lowest: .venv-lowest/dev.stamp ## Run all tests with the lowest versions we claim.
	@.venv-lowest/bin/python -m pytest -n 2 --dist loadfile

check: .venv/dev.stamp ## Lint, types, import rules, and the documentation without a warning.
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/benchfolio check results --origin measured
	@.venv/bin/python -m sphinx -qnW --keep-going -b html -c . site build/check

bench: .venv/dev.stamp ## Measure speed side by side; prints a table, writes build/bench.json.
	@.venv/bin/python tests/bench/run.py --out build/bench.json

lock: .venv/dev.stamp ## Update requirements.lock to the newest versions.
	@.venv/bin/python -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --extra dev --no-header --no-annotate --custom-compile-command "make lock" \
	  --output-file requirements.lock pyproject.toml

wheel: .venv/dev.stamp ## Build the wheel into dist/.
	@.venv/bin/python -m uv build --quiet --wheel --out-dir dist

clean: ## Remove everything that was made here: environments, caches, built sites.
	@rm -rf .venv .venv-site .venv-lowest build dist site/benchfolio \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis
