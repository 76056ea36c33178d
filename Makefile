# Everything runs in .venv, made here from the locked requirements with plain pip.
# Needs make and Python 3.11 or later; name another one with: make demo PYTHON=python3.13

SHELL := /bin/sh
.DEFAULT_GOAL := help

OLD_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c '$(OLD_ENOUGH)' 2>/dev/null && echo "$$python" && exit; done; echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where `make run` keeps its configuration, watch list and archive.
DESK ?= desk
UV ?= uv

.PHONY: help
help:
	@echo "make demo    the main job, offline: a newsroom on this machine is crawled, matched, alerted"
	@echo "make run     the same for the real sites, in the folder $(DESK)/"
	@echo "make test    the tests"
	@echo "make long    the tests that take long or need a browser"
	@echo "make readers what other programs make of the exports: pywb, DuckDB, wacz and others"
	@echo "make check   linters, types, import contracts, then all tests"
	@echo "make format  put the code in the form the linters want"
	@echo "make docs    renew the documentation that is written from the code"
	@echo "make pictures  renew the pictures of the desk and of e-mails in docs/ (needs Chromium)"
	@echo "make lock    bring the locked requirements up to date (needs uv)"
	@echo "make clean   remove .venv and what the tools left"

.PHONY: demo
demo: $(BIN)/.runtime
	$(BIN)/rasid demo

.PHONY: run
run: $(BIN)/.runtime
	@test -f "$(DESK)/rasid.toml" || $(BIN)/rasid init "$(DESK)"
	cd "$(DESK)" && "$(CURDIR)/$(BIN)/rasid" run

.PHONY: test
test: $(BIN)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not long" $(PYTEST)

.PHONY: long
long: $(BIN)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m long $(PYTEST)

.PHONY: readers
readers: $(BIN)/.dev .venv/readers/.installed
	READERS=$(CURDIR)/.venv/readers/bin $(BIN)/python -m pytest tests/scheduler/test_readers.py $(PYTEST)

.PHONY: check
check: lint test long

.PHONY: lint
lint: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(BIN)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(BIN)/.dev
	$(BIN)/python -m tests.manual
	$(BIN)/python -m tests.two_weeks

.PHONY: pictures
pictures: $(BIN)/.dev
	$(BIN)/python -m tests.letters
	$(BIN)/python -m tests.pictures

.PHONY: clean
clean:
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What builds the project stands in both files, so that installing it asks for nothing unlocked.
COMPILE = printf 'hatchling\neditables\n' | $(UV) pip compile --quiet --universal --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock" pyproject.toml -

.PHONY: lock
lock:
	@command -v $(UV) >/dev/null || { echo "uv is not here: pip install uv, or name it: make lock UV=..."; exit 2; }
	$(COMPILE) --generate-hashes --extra postgres --output-file requirements.txt
	$(COMPILE) --generate-hashes --all-extras --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" --group readers --output-file requirements-readers.txt
	$(COMPILE) --resolution lowest-direct --all-extras --group dev --no-annotate \
		--output-file requirements-lowest.txt

# The stamps: a second `make` finds them newer than what they were made from, and is quick.
$(BIN)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/readers/.installed: requirements-readers.txt | $(BIN)/python
	$(BIN)/python -m venv .venv/readers
	.venv/readers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $<
	@touch $@

$(BIN)/python:
	@"$(PYTHON)" -c '$(OLD_ENOUGH)' 2>/dev/null || { \
		echo "Rasid needs Python 3.11 or later; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)."; \
		echo "Install one, or name it: make demo PYTHON=/path/to/python3.13"; exit 2; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make environments; on Debian and Ubuntu: apt install python3-venv"; exit 2; }
	"$(PYTHON)" -m venv .venv
