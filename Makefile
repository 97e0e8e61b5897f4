# Everything runs in a virtual environment of its own; pip with the constraints file gives the same versions everywhere.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: setup test lint check
setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check compliance tests
	$(BIN)/mypy

check: lint test

.PHONY: demo accuracy
demo: setup
	@for name in distillation-testimony spoiled-mixture alpaca-style validate-with-other-models llama-3.1-naming \
	  own-lab r1-distillation-mit; do \
	  head -1 examples/$$name.yaml; $(BIN)/clearance check examples/$$name.yaml || true; echo; done

accuracy: setup
	$(BIN)/python benchmarks/accuracy.py
