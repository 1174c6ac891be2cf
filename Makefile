# One command each. Whatever it needs is put into .venv first, once; a second call starts at once.
#   make run      serves on http://localhost:8080, with demo data
#   make test     proves it                (make test ARGS="tests/core -x")
#   make test-long    the same, with longer outages and more of what may go wrong
#   make lint     style, types, floors
#   make bench    measures it
# PYTHON=/path/to/python chooses another interpreter, ARGS="..." passes options on.
# Paths are relative throughout, so that a checkout may lie anywhere, in a folder with blanks too.

SHELL = /bin/sh
.DEFAULT_GOAL = help
MAKEFLAGS += --no-print-directory --no-builtin-rules
.SUFFIXES:
.PHONY: help run test test-long lint bench

ARGS =
# How many processes test beside each other, each with a PostgreSQL of its own. 0: none but the one that was started.
JOBS = 2
PYTHON =
VENV = .venv
PY = $(VENV)/bin/python
PIP = $(PY) -m pip --disable-pip-version-check --quiet install
LISTS = setup.cfg constraints.txt

RECENT = import sys; sys.exit(sys.version_info < (3, 11))
NAME = import sys; print("python%d.%d" % sys.version_info[:2])
# Reads the lists of setup.cfg: only what the code needs is installed, the code itself runs from where it lies.
REQUIREMENTS = import configparser, sys; \
	options = configparser.RawConfigParser(); \
	options.read("setup.cfg", encoding="utf-8"); \
	print(*(options.get(*name.split("/")) for name in sys.argv[1:]))

help:
	@sed -n 's/^\# \{0,1\}//p' Makefile | sed -n 1,8p

# The demo data is put in unless HIROBA_DEMO_ENABLED says otherwise.
run: $(VENV)/.run
	@HIROBA_DEMO_ENABLED="$${HIROBA_DEMO_ENABLED-true}" exec $(PY) -m server serve $(ARGS)

test: $(VENV)/.test
	@exec $(PY) -m pytest --numprocesses=$(JOBS) --dist=worksteal $(ARGS)

test-long: $(VENV)/.test
	@OUTAGE_SECONDS=10 PROMISE_MESSAGES=2000 BANK_SECONDS=60 MODEL_STEPS=10000 CONTENTION_SECONDS=30 exec $(PY) -m pytest $(ARGS)

lint: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'import sys; from importlinter import cli; sys.exit(cli.lint_imports(no_cache=True, no_logo=True))'

bench: $(VENV)/.test
	@exec $(PY) -m bench $(ARGS)

$(VENV)/.run: $(PY) $(LISTS)
	@echo "Installing what Hiroba needs into $(VENV) (once, a minute or so) ..."
	@$(PY) -c '$(RECENT)' || { echo "$(VENV) has a Python older than 3.11: remove it and try again" >&2; exit 1; }
	@$(PY) -c '$(REQUIREMENTS)' options/install_requires >$(VENV)/run.txt
	@$(PIP) -c constraints.txt -r $(VENV)/run.txt
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what its tests need ..."
	@$(PY) -c '$(REQUIREMENTS)' options/install_requires options.extras_require/test >$(VENV)/test.txt
	@$(PIP) -c constraints.txt -r $(VENV)/test.txt
	@touch $@

# The first interpreter that is new enough and can make environments; else one line that says what is missing.
$(PY):
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14 python; do \
	    command -v "$$python" >/dev/null 2>&1 || continue; \
	    "$$python" -c '$(RECENT)' >/dev/null 2>&1 || continue; \
	    "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && exec "$$python" -m venv --clear $(VENV); \
	    incomplete="$${incomplete:-$$("$$python" -c '$(NAME)')}"; \
	done; \
	if [ -n "$$incomplete" ]; then \
	    echo "Hiroba needs venv and ensurepip of $$incomplete: apt-get install $$incomplete-venv" >&2; \
	else \
	    echo "Hiroba needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; \
	fi; \
	exit 1
