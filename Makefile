# The project's commands; `make` alone lists them. Needs Python 3.11 or newer, git and make, nothing else installed;
# `make vsix` and `make e2e` need Node.js 20 or newer too.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
READY := .venv/ready

.PHONY: help setup run run-model test faults vsix e2e lint format lock clean

help:  ## list the commands
	@grep -E '^[a-z0-9]+:.*## ' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "make %-8s %s\n", $$1, $$2 }'

setup: $(READY)  ## make .venv with the locked packages and the program itself

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("parallel-refactor needs Python 3.11 or newer, and \
	$(PYTHON) is %d.%d. Name a newer one: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" % v[:2])'
	@test -e $@ || rm -rf .venv # what an interrupted setup left
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	-$(BIN)/python -m compileall -q .venv board server >/dev/null # halves every start where Python is told to keep no bytecode
	@touch $@

run: setup  ## add docstrings to a real package with 8 workers, and show plan, locks, result and diff
	@$(BIN)/python -m tests.packages.demo

run-model: setup  ## have a model change a real package with 16 workers: a double of one, or with a key the API itself
	@$(BIN)/python -m tests.packages.model_demo

test: lint  ## all checks and all tests
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal

vsix: setup client-extension/node_modules  ## check the VS Code extension and build it, with the program in it: dist/parallel-refactor.vsix
	@mkdir -p dist && rm -rf client-extension/python
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --disable-pip-version-check -w client-extension/python .
	cd client-extension && npm run --silent check && npm run --silent package

client-extension/node_modules: client-extension/package-lock.json
	cd client-extension && npm ci --no-audit --no-fund
	@touch $@

e2e: vsix  ## use a real VS Code, Neovim and Emacs as a person does; pictures of VS Code go to build/e2e
	tests/e2e/run.sh

faults: setup  ## kill, interrupt and break everything, at full size: up to an hour
	$(BIN)/python -m tests.faults

lint: setup  ## style, types and import direction, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## put all files into the project's style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: setup  ## pin what pyproject.toml and package.json ask for (UPGRADE=--upgrade takes newer versions)
	$(PYTHON) -m venv build/lock
	build/lock/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check uv
	build/lock/$(notdir $(BIN))/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
		--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE) --output-file requirements.lock pyproject.toml
	build/lock/$(notdir $(BIN))/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --constraint requirements.lock \
		--output-file client-extension/requirements.lock pyproject.toml
	cd tests/e2e && ../../build/lock/$(notdir $(BIN))/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE) --output-file requirements.lock requirements.in
	$(PYTHON) client-extension/lock.py client-extension tests/e2e

clean:  ## remove what the other commands made
	rm -rf .venv build dist client-extension/dist client-extension/python client-extension/node_modules tests/e2e/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
