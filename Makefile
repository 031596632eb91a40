# Every target sets up what it needs. `make run` serves; `make test` is what CI runs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test check sentences demo-eval bench chaos pictures lock clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11

setup: $(VENV)/.run  ## install what `make run` needs into .venv

run: $(VENV)/.run  ## serve; each service without an account runs on this machine instead
	@$(BIN)/python app.py

test: $(VENV)/.dev check  ## check formatting, lint and types, and run every test, as CI does
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev  ## check formatting, lint and types only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

sentences: $(VENV)/.dev  ## print every sentence that the bot can say
	@$(BIN)/python -m tests.bot.replies.sentences

demo-eval: $(VENV)/.run  ## ask the demo model the questions it was chosen by
	@$(BIN)/python -m tests.demo_questions $(WEIGHTS)

bench: $(VENV)/.dev  ## measure the announce path against local stand-ins
	$(BIN)/python -m tests.benchmarks

MINUTES ?= 3
SEED    ?= 1
chaos: $(VENV)/.dev  ## run two copies through faults and kills, and judge them: MINUTES=3 SEED=1
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) --seed $(SEED)

pictures: $(VENV)/.dev  ## take the README's pictures again (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

lock:  ## resolve the requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra embedded --extra demo pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## remove the environment (the data folder stays)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

# A lock names every package with its hash, so nothing is resolved here and pip needs no second look.
INSTALL = $(PIP) install --no-deps --require-hashes --no-compile --progress-bar on

$(BIN)/python:
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "Precache needs Python 3.11 to 3.14; this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo "Installing the packages in requirements.lock, once: about 615 MB, of it 512 MB for the demo model."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools in requirements-dev.lock, once: about 85 MB."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
