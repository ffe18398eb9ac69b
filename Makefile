# Every target sets up what it needs in .venv by itself, once, from the exact pins of
# requirements.lock. `make train` installs only the backend that it uses.
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
ARGS ?=
BACKEND ?=

VENV := .venv
BIN := $(VENV)/bin
BACKENDS := jax tensorflow torch

# The backends that BACKEND names, and those that ARGS names: backend=torch, backend=jax,torch.
comma := ,
space := $(subst ,, )
asked := $(if $(filter all,$(BACKEND)),$(BACKENDS),$(subst $(comma), ,$(BACKEND)))
named := $(foreach word,$(ARGS),$(if $(findstring backend=,$(word)),$(word)))
named := $(filter $(BACKENDS),$(subst =, ,$(subst $(comma), ,$(subst ',,$(subst ",,$(named))))))
unknown := $(filter-out $(BACKENDS),$(asked))
ifneq ($(unknown),)
$(error BACKEND=$(unknown) is unknown: use $(BACKENDS), several with commas between them, or all)
endif

to_train := $(or $(sort $(asked) $(named)),jax)
chosen := $(if $(named),,$(if $(filter 1,$(words $(asked))),backend=$(asked)))
to_test := $(or $(asked),$(BACKENDS))
installed = $(1:%=$(VENV)/extras/%)
# What is installed is installed anew where one of these is younger.
wanted := pyproject.toml requirements.lock requirements.txt $(wildcard src/triceras/requirements/*.txt)
# What hand-written JAX needs beside JAX.
with_natives = $1 $(if $(filter jax,$1),benchmark)

.PHONY: help setup train report parity benchmark test test-fast project-check tables lint format typecheck clean

help: ## Say what there is to make
	@echo 'make train ARGS="backend=torch seed=1"'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s%s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'Variables: ARGS (passed on), BACKEND (jax, tensorflow, torch or all), PYTHON (3.11 to 3.13)'

setup: $(call installed,$(to_train) report search) ## Install one backend: BACKEND=torch, or all (default: jax)
	@echo "$(VENV) is ready for: $(to_train)"

train: $(call installed,$(to_train)) ## Train the main experiment, or what ARGS says
	@$(BIN)/python scripts/train.py $(chosen) $(ARGS)

report: $(call installed,report) ## Say what many runs reached: ARGS=<sweep folder or outputs>
	@$(BIN)/python scripts/report.py $(ARGS)

parity: $(call installed,$(to_test)) ## Compare an experiment's numbers on all backends
	@$(BIN)/python scripts/parity.py $(if $(asked),backends=$(subst $(space),$(comma),$(asked))) $(ARGS)

benchmark: $(call installed,$(call with_natives,$(or $(sort $(asked) $(named)),$(BACKENDS)))) ## Compare the speed of an experiment with native code
	@$(BIN)/python scripts/benchmark.py $(chosen) $(ARGS)

test: $(call installed,$(call with_natives,$(to_test)) report dev) ## Run all tests on all backends; ARGS go to pytest
	@$(BIN)/python scripts/test.py $(addprefix --backend ,$(asked)) $(ARGS)

test-fast: $(call installed,$(call with_natives,$(to_test)) report dev) ## The same without the slow tests
	@$(BIN)/python scripts/test.py $(addprefix --backend ,$(asked)) -m "not slow" $(ARGS)

project-check: $(call installed,$(call with_natives,$(to_test)) report dev) ## Make projects of this template as a newcomer would
	@$(BIN)/python scripts/project_test.py $(ARGS)

tables: $(call installed,$(call with_natives,$(BACKENDS)) dev) ## Make the tables in docs anew: ARGS="--parity <folder>"
	@$(BIN)/python scripts/tables.py $(ARGS)

lint: $(call installed,dev) ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(call installed,dev) ## Mend style and format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

typecheck: $(call installed,$(call with_natives,$(BACKENDS)) report dev) ## Check types
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python --level warning

clean: ## Remove .venv and caches; outputs/ stays
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache src/*.egg-info
	find src scripts tests -name __pycache__ -prune -exec rm -rf {} +

# What pip installs it compiles to bytecode, but not what it leaves in its place. Python does so when
# it is imported, unless PYTHONDONTWRITEBYTECODE is set: a tenth of a second of every run then.
$(VENV)/extras/%: $(wanted) | $(VENV)/ready
	@echo "Installing $* into $(VENV): once, a few minutes, most of it download"
	@$(BIN)/pip install -qq -c requirements.lock --no-build-isolation -e '.[$*]'
	@$(BIN)/python -m compileall -q src scripts
	@mkdir -p $(@D) && touch $@

# setuptools comes from the lock as well, so that nothing is built with an unknown one.
$(VENV)/ready:
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	case "$$version" in 3.11 | 3.12 | 3.13) ;; *) \
	  echo "Python 3.11, 3.12 or 3.13 is needed and $(PYTHON) is $${version:-not there}:" \
	    "name another, as in: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1;; \
	esac
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq -c requirements.lock setuptools wheel
	@touch $@
