# Everything runs in a virtual environment of its own; the constraints file gives the same versions everywhere. uv installs
# in seconds; where it cannot be had, pip does the same.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_FIND_LINKS
export HF_HUB_OFFLINE = 1

.PHONY: setup test lint check
setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt uv || true
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]' \
	  || $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

# Each file of tests stays in one process, whose servers and models it shares.
test: setup
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: setup
	$(BIN)/ruff check compliance api tests benchmarks
	$(BIN)/mypy

check: lint test

.PHONY: demo accuracy
demo: setup
	@for name in distillation-testimony spoiled-mixture alpaca-style validate-with-other-models llama-3.1-naming \
	  own-lab r1-distillation-mit; do \
	  head -1 examples/$$name.yaml; $(BIN)/clearance check examples/$$name.yaml || true; echo; done
	@head -1 examples/project/clearance.yaml; $(BIN)/clearance check examples/project || true

.PHONY: bench ask-benchmark docs golden train-clauses
bench: setup
	$(BIN)/python benchmarks/check.py

ask-benchmark: setup
	$(BIN)/python benchmarks/ask.py

docs: setup
	$(BIN)/clearance corpora schema --write
	$(BIN)/python -m compliance.docs_pages docs/reference

# Trains the clause classifier anew on labelled clauses: make train-clauses GOLD=gold.jsonl TERMS=folder
train-clauses: setup
	$(BIN)/python -m compliance.terms.train $(GOLD) $(TERMS) -o compliance/terms/weights

golden: setup
	$(BIN)/python tests/golden/write.py

accuracy: setup
	$(BIN)/python benchmarks/accuracy.py
