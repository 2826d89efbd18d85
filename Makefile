# Everything here works on a machine that has only Python >= 3.11 and make.
#   make demo    build, verify and look at a small benchmark in ./demo, evaluate systems on it, and report
#   make test    every check: ruff, mypy, pytest
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
NUMPY1 := .venv-numpy1
SOURCES := src tests benchmarks examples
PIP_INSTALL := -m pip install -qq --disable-pip-version-check

# NumPy 1.26 has no wheels for Python 3.13 and later; there the test that compares both NumPy versions is skipped.
HAS_NUMPY1 := import sys; print("$(NUMPY1)/.ready" if sys.version_info < (3, 13) else "")
NUMPY1_STAMP := $(shell $(firstword $(wildcard $(BIN)/python) $(PYTHON)) -c '$(HAS_NUMPY1)' 2>/dev/null)

.PHONY: demo test lint bench requirements clean

test: .venv/.ready $(NUMPY1_STAMP) lint
	@EARWITNESS_NUMPY1='$(if $(NUMPY1_STAMP),$(CURDIR)/$(NUMPY1)/bin/python)' $(BIN)/python -m pytest -n 2 </dev/null

lint: .venv/.ready
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

# Prints a command as a user would type it, then runs it.
earwitness = @echo; echo '$$ earwitness $(1)'; $(BIN)/earwitness $(1)

demo: .venv/.ready
	$(call earwitness,build demo/bench --sounds builtin --recipe mini --seed 1 --jobs 2 --force)
	$(call earwitness,verify demo/bench)
	@set -e; set -- $$($(BIN)/python -c "$$PICK" demo/bench); \
	echo; echo "$$ earwitness show demo/bench $$1"; $(BIN)/earwitness show demo/bench "$$1"; \
	echo; echo "$$ earwitness show demo/bench $$2 --png demo/clip.png"; \
	$(BIN)/earwitness show demo/bench "$$2" --png demo/clip.png
	@rm -rf demo/run
	$(call earwitness,evaluate demo/bench $(DEMO_SYSTEMS) --out demo/run)
	$(call earwitness,report demo/run --out demo/report.html)
	@echo; \
	echo "The benchmark     demo/bench (its card: demo/bench/README.md)"; \
	echo "One clip, drawn   demo/clip.png"; \
	echo "More to see       $(BIN)/earwitness show demo/bench"; \
	echo "The report        demo/report.html; open it in a browser:"; \
	echo "                  file://$(CURDIR)/demo/report.html"

DEMO_SYSTEMS := --system spectra=python:examples/spectra.py:Spectra --system bm25 --system matcher --system chance \
	--system reversed --system oracle

# The first query about order, and the first clip that is relevant to it.
define PICK
import json, pathlib, sys
bench = pathlib.Path(sys.argv[1])
queries = map(json.loads, (bench / "queries.jsonl").read_text(encoding="utf-8").splitlines())
query = next(q["query_id"] for q in queries if q["task"].lower() == "order")
rows = (line.split() for line in (bench / "qrels.tsv").read_text(encoding="utf-8").splitlines())
print(query, next(clip for q, _, clip, relevance in rows if q == query and int(relevance) > 0))
endef
export PICK

bench: .venv/.ready
	$(BIN)/python benchmarks/run.py

# Pins stay where they are unless asked: make requirements UPGRADE=1
COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes
requirements: .venv/.ready
	$(BIN)/$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev pyproject.toml -o requirements/dev.txt \
		--constraint requirements/torch.txt --no-emit-package torch
	$(BIN)/$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/numpy1.in -o requirements/numpy1.txt

define check_python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Earwitness needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
	echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "'$(PYTHON)' cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
endef

# The stamps are written last, so an interrupted installation is taken up again.
.venv/.ready: requirements/dev.txt requirements/torch.txt pyproject.toml
	$(check_python)
	@echo "Installing the pinned packages into .venv (once, about two minutes)" >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@$(BIN)/python $(PIP_INSTALL) -r requirements/torch.txt
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(NUMPY1)/.ready: requirements/numpy1.txt pyproject.toml
	$(check_python)
	@echo "Installing NumPy 1.26 beside it into $(NUMPY1)" >&2
	@$(PYTHON) -m venv $(NUMPY1)
	@$(NUMPY1)/bin/python $(PIP_INSTALL) --require-hashes -r requirements/numpy1.txt
	@$(NUMPY1)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# Only what this file made.
clean:
	rm -rf .venv $(NUMPY1) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
