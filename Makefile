# Two commands matter: `make demo` (the main job) and `make test` (all tests).
# Each sets up what it needs: a virtual environment in .venv with the pinned packages of
# requirements.lock, on a machine that has only Python 3.11 or newer, pip and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

# The scripts that stand between the suite, which knows only HTTP, and a program on stdio.
WORKSHOP := ../shared/conformance
SUITE    := .conformance
JOBS     ?= 2

.PHONY: help demo test check coverage browser conformance lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## the main job, played against an embedded gateway
	@$(BIN)/mcp-permit demo

test: $(READY) ## all tests
	@$(BIN)/python -m pytest

check: $(READY) ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

coverage: $(READY) ## all tests, with the share of branches that they reach
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python tests/coverage_floors.py

browser: $(READY) ## the pages in a real browser (needs chromium)
	@$(BIN)/python -m pytest -q tests/in_browser.py

conformance: $(READY) ## the official MCP suite, as a table (needs npm, and ../shared/conformance)
	@test -d $(WORKSHOP) || { echo "There is no $(WORKSHOP): nothing to run the suite with"; exit 1; }
	@test -x $(SUITE)/node_modules/.bin/conformance || \
		npm install --silent --no-fund --no-audit --prefix $(SUITE) node@24 @modelcontextprotocol/conformance@0.2.0-alpha.12
	@rm -rf $(SUITE)/results
	@for set in 2025-03-26 2025-11-25 2026-07-28 extensions; do for era in legacy modern; do \
		PATH="$(CURDIR)/$(SUITE)/node_modules/.bin:$(CURDIR)/$(BIN):$$PATH" CONFORMANCE_CLI=conformance \
			$(BIN)/python $(WORKSHOP)/run_matrix.py --peer mcp-permit --profile tests/conformance.toml \
			--revision $$set --era $$era --jobs $(JOBS) --out $(SUITE)/results || exit 1; done; done
	@$(BIN)/python $(WORKSHOP)/report.py $(SUITE)/results/*.json

lock: ## pin the newest allowed packages, with hashes (needs uv)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --group pyproject.toml:dev pyproject.toml -o requirements.lock

clean: ## remove the environment and all caches
	rm -rf $(VENV) $(SUITE) .mypy_cache .ruff_cache .coverage .coverage.* .hypothesis

# Without pip inside: Debian's python3 has no ensurepip, and the pip outside can install into it.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "mcp-permit needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; about 60 packages)"
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
