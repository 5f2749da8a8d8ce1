# Two commands matter: `make demo` and `make test`. Everything they need is set up on the way, from hash-pinned locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
WORKERS ?= 2
PEERS ?= ../shared/peers
COUNT ?= 1000000
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format docs locks clean bench long-kill long-fuzz long-memory long-million long-log long-pages

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/run: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Readback needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up (once): a virtual environment in $(VENV), from hash-pinned packages ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.lock
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(VENV)/run ## set up .venv with the command in it, and run nothing

demo: $(VENV)/run ## a hub and eight agencies' desks on this machine: four cases, told as a story; stays up until Ctrl-C
	@$(BIN)/readback demo

test: $(VENV)/dev ## every test, on SQLite, PostgreSQL from a wheel, and SoftHSM (as root, apt installs it; else install softhsm2)
	@tests/desk/web/chromium.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: $(VENV)/dev ## lint, format, types, import contracts, and the models of docs/models with Spin
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@docs/models/spin.sh
	@$(BIN)/python docs/models/check.py
	@$(BIN)/python docs/models/replay.py

format: $(VENV)/dev ## put the code into its one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

long-fuzz: $(VENV)/dev ## a million hostile inputs over every parser, from kept seeds (COUNT=, SEED=)
	@$(BIN)/python tests/fuzz/fuzz.py --count $(COUNT) --seed $(SEED)

docs: $(VENV)/run ## print the reference pages again from the code
	@$(BIN)/python docs/reference/make.py

locks: $(VENV)/dev ## resolve the dependencies again and pin them by hash (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --no-annotate --group build pyproject.toml -o requirements/run.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --no-annotate -c requirements/run.lock --group build --group test --group check pyproject.toml -o requirements/dev.lock

clean: ## remove what was set up
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

long-kill: $(VENV)/dev ## kill -9 of hub and desks at 200 random moments under load
	@$(BIN)/python tests/promises/kill9.py --kills 200

long-memory: $(VENV)/dev ## the hub's memory over 100,000 envelopes
	@$(BIN)/python tests/bench/roundtrip/memory.py --envelopes 100000

long-million: $(VENV)/dev ## reading a mailbox beside a million stored envelopes
	@$(BIN)/python tests/bench/roundtrip/million.py --envelopes 1000000

long-log: $(VENV)/dev ## proofs and appends in a key log of a million entries, beside a thousand
	@$(BIN)/python tests/bench/log/long_log.py --entries 1000000

long-pages: $(VENV)/dev ## the desk's pages with ten thousand threads and thirty-two visitors
	@$(BIN)/python tests/bench/pages/pages.py

bench: $(VENV)/dev ## whole loops, and the round trip beside the secure floor (PEERS=, the folder of the floor's programs)
	@$(BIN)/python tests/bench/loop/loop.py
	@$(BIN)/python tests/bench/roundtrip/roundtrip.py --peers $(PEERS)
