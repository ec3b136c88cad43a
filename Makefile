# Everything a developer or an operator does here. `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Any Python from 3.11 on; `make PYTHON=...` names another.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
LOCKS := requirements
COMPILE := UV_SYSTEM_CERTS=1 $(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 \
           --no-header --no-annotate
# Two workers: what a machine of two cores has room for, each with its own database.
WORKERS ?= 2
# What is imported is compiled once, beside the environment: processes start in half the time.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache

.PHONY: help
help:  ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | \
	  awk -F ':.*## ' '{printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}'

.PHONY: demo
demo: $(VENV)/.ready-runtime  ## One upgrade from signature to live, told as it happens (ACT=trouble: what goes wrong, ACT=tiers: users; ONCE=1 ends after it)
	@$(BIN)/changeover demo $(if $(ONCE),--once) $(if $(ACT),--act '$(ACT)')

.PHONY: run
run: $(VENV)/.ready-runtime  ## Serve on this machine by the settings in .env, on the embedded database where they name none
	@$(BIN)/changeover serve

.PHONY: migrate
migrate: $(VENV)/.ready-runtime  ## Bring the database to the newest tables
	@$(BIN)/changeover migrate

.PHONY: test
test: $(VENV)/.ready  ## All tests, with the rules of the domain covered branch by branch
	@$(BIN)/pytest -q tests/unit/domain --cov --cov-report=term-missing:skip-covered
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --ignore tests/unit/domain $(ARGS)

.PHONY: test-fast
test-fast: $(VENV)/.ready  ## The pure tests only: no database, no network
	@$(BIN)/pytest -q tests/unit -m "not slow" $(ARGS)

.PHONY: test-deep
test-deep: $(VENV)/.ready  ## The properties tried far more often, and 10,000 lives of plans
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --hypothesis-profile deep tests/properties $(ARGS)

# PLANT=fence or PLANT=lookup takes that part out of a worker, and has the judge find what is doubled.
.PHONY: test-faults
test-faults: $(VENV)/.ready  ## Killed workers, restarted databases, lying vendors; counted in the vendors' ledger, 15 minutes
	@FAULTS=whole timeout --signal=INT --kill-after=30 900 $(BIN)/pytest -q -rA --show-capture=no \
	  $(if $(PLANT),-s -k '$(PLANT)' tests/faults/test_planted_bugs.py,-n $(WORKERS) --dist worksteal tests/faults) $(ARGS)

.PHONY: check
check: $(VENV)/.ready  ## Style, types, floors, and the shipped procedures
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/changeover catalog check

.PHONY: format
format: $(VENV)/.ready  ## Put the code into its form
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: openapi
openapi: $(VENV)/.ready  ## Write the OpenAPI document anew
	@mkdir -p openapi
	@$(BIN)/changeover openapi > openapi/openapi.json.new && mv openapi/openapi.json.new openapi/openapi.json

.PHONY: schema
schema: $(VENV)/.ready  ## Write the JSON Schema of playbooks anew
	@$(BIN)/changeover catalog schema > docs/playbook.schema.json.new && mv docs/playbook.schema.json.new docs/playbook.schema.json

.PHONY: lock
lock: $(VENV)/.ready  ## Compile the locks from pyproject.toml (UPGRADE=1 takes the newest of everything)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev -o $(LOCKS)/dev.txt
	@$(COMPILE) -c $(LOCKS)/dev.txt pyproject.toml -o $(LOCKS)/runtime.txt
	@$(COMPILE) -c $(LOCKS)/dev.txt $(LOCKS)/build.in -o $(LOCKS)/build.txt
	@$(COMPILE) -c $(LOCKS)/dev.txt $(LOCKS)/browser.in -o $(LOCKS)/browser.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) $(LOCKS)/uv.in -o $(LOCKS)/uv.txt

.PHONY: clean
clean:  ## Remove what was made here, the sandbox's data included
	@rm -rf $(VENV) .changeover .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage dist
	@find app tests migrations bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The environment ---------------------------------------------------------------------------
# Two stamps: the demo needs the runtime only, tests and checks need everything. The
# environment is made anew when it does not run: one made by root is closed to others.
# A pinned uv, installed by hash through pip, installs the rest in a fraction of pip's time;
# where there is no uv for the machine, or the index is known to pip alone, pip does it.

PIP := $(PY) -m pip install -q --disable-pip-version-check --require-hashes
# The machine's own certificates: uv brings others, and knows no company's.
UV := UV_SYSTEM_CERTS=1 VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q

define install
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; make PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, $(PYTHON) is older; make PYTHON=/path/to/it"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing what is locked in $(1)"
	@$(PIP) --only-binary :all: -r $(LOCKS)/uv.txt 2>/dev/null && \
	  $(UV) --require-hashes -r $(LOCKS)/build.txt -r $(1) || \
	  { echo "uv cannot do it here, pip can, more slowly"; $(PIP) -r $(LOCKS)/build.txt -r $(1); }
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
endef

# Runs before the stamps are compared: a stamp in an environment that does not run is worth nothing.
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
$(shell { $(PY) -c '' && test -w $(VENV); } 2>/dev/null || rm -rf $(VENV) 2>/dev/null || mv $(VENV) $(VENV)-of-another-user-$$$$)
endif

$(VENV)/.ready: $(LOCKS)/uv.txt $(LOCKS)/build.txt $(LOCKS)/dev.txt pyproject.toml
	$(call install,$(LOCKS)/dev.txt)
	@touch $(VENV)/.ready-runtime

# Where the whole set is there already, the runtime is.
$(VENV)/.ready-runtime: $(LOCKS)/uv.txt $(LOCKS)/build.txt $(LOCKS)/runtime.txt pyproject.toml
	$(call install,$(LOCKS)/runtime.txt)
