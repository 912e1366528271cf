# make demo | test | lint | words | check-long | figures; each makes .venv where it is missing.

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SHARED ?= ../shared

.PHONY: demo test lint words check-long figures

demo: .venv/installed
	@$(BIN)/newsloom demo $(if $(PORT),--port $(PORT))

test: lint
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --skip-empty

lint: .venv/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

words: .venv/developing
	$(BIN)/python tests/catalogues.py

check-long: .venv/developing
	$(BIN)/python -m pytest -m long

figures: .venv/developing
	$(BIN)/python -m evals.figures --shared $(SHARED)

.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Newsloom needs Python 3.11 or newer" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@

.venv/developing: .venv/installed
	$(PIP) --editable '.[dev]'
	@touch $@
