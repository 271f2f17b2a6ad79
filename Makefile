# Everything in one line each. A fresh machine needs git, make and any Python ≥ 3.11; uv is fetched by pip when it is not there.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .cache/uv/bin/uv)
RUN := $(UV) run --locked --all-extras --quiet
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE # where it is set, each of the many processes would compile all that it imports
.PHONY: help setup demo test soak check docs bench lock generate clean

.cache/uv/bin/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --target .cache/uv -r requirements/uv.txt

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: $(filter .cache/%,$(UV)) ## make the development environment and fetch the tools that tests need
	$(UV) sync --locked --all-extras --quiet && $(RUN) python -m tests.tools

demo: $(filter .cache/%,$(UV)) ## release the example server into demo/: no GitHub, no secret
	@$(UV) sync --locked --all-extras --no-dev --inexact --quiet && $(UV) run --no-sync --quiet python scripts/demo.py

test: setup ## run all tests
	$(RUN) pytest -n auto --dist worksteal

soak: setup ## release 200 random projects, with random faults
	TAGSHIP_SOAK=200 $(RUN) pytest -q tests/e2e/test_soak.py

check: $(filter .cache/%,$(UV)) ## lint, types, layers, generated files, workflow linters
	$(RUN) python scripts/check.py

docs: $(filter .cache/%,$(UV)) ## build the site into site/: strictly, a broken link fails
	$(RUN) python scripts/site.py

bench: $(filter .cache/%,$(UV)) ## measure, beside peers; writes benchmarks/RESULTS.md and a picture
	$(RUN) python benchmarks/run.py

lock: $(filter .cache/%,$(UV)) ## lock dependencies, for development and for the actions
	$(UV) lock && $(RUN) python scripts/lock.py

generate: $(filter .cache/%,$(UV)) ## write action.yml files, reference, schemas, README tables
	$(RUN) python scripts/generate.py

clean: ## remove what was made
	rm -rf .cache .venv demo dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
