# Every command that a developer needs. CI calls the same words.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
TYPED := $(wildcard src tests bench tools)

# More words for the program behind a target, as in `make test ARGS="-k journal"`.
ARGS ?=

.PHONY: help setup run test check lint format types floors tidy bench growth steady overload soak crash damage races fuzz simulate powercut spec reference clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv and install Sojourn with its tools in it; quick when nothing has changed.

$(READY): pyproject.toml constraints.txt tools/setup.py
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) was not found. Sojourn needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) tools/setup.py

run: setup ## Set up, then start the server on 127.0.0.1:8686 with the data in ./sojourn-data.
	@exec $(BIN)/sojourn serve $(ARGS)

test: setup ## Set up, then pass the whole test suite.
	@echo "Running the whole test suite ..."
	@$(BIN)/pytest $(ARGS)

check: setup lint types floors tidy ## All that can be said without running the product: lint, types, floors, tidy.

lint: setup ## Read the code with ruff, and see that it is formatted.
	@echo "Linting ..."
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup ## Format the code and mend what ruff can mend.
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

types: setup ## Prove the types with mypy, strictly.
	@echo "Checking types ..."
	@$(BIN)/mypy $(TYPED)

floors: setup ## Prove that imports only go down.
	@echo "Checking the floors ..."
	@$(BIN)/lint-imports --no-logo

tidy: setup ## Check the rules about the repository itself.
	@echo "Checking the repository ..."
	@$(BIN)/pytest -q tests/tidy tests/docs

crash: setup ## Kill a real server under load CYCLES=200 times, from SEED or a new one, and audit what is there.
	@$(BIN)/pytest tests/e2e/test_crash.py -s -q --cycles $(or $(CYCLES),200) $(if $(SEED),--seed $(SEED))

damage: setup ## Harm PLACES=500 places of the files of data folders, stopped and in use, from SEED or a new one.
	@$(BIN)/pytest tests/stores/embedded/test_damage.py -q --places $(or $(PLACES),500) $(if $(SEED),--seed $(SEED))

races: setup ## Let ROUNDS=10000 people race with themselves through a real collector over every store.
	@$(BIN)/pytest tests/engine/test_races.py -q --rounds $(or $(ROUNDS),10000)

simulate: setup ## Play engine and core through SEEDS=10000 small worlds that crash, from SEED=1 on.
	@$(BIN)/python -m tests.simulation memory --first $(or $(SEED),1) --count $(or $(SEEDS),10000)

powercut: setup ## Cut the power of a disk that forgets SEEDS=1000 times, tear and fail every call, take syncs out.
	@$(BIN)/python -m tests.simulation power --first $(or $(SEED),1) --count $(or $(SEEDS),1000)
	@$(BIN)/python -m tests.simulation many-power-cuts --first $(or $(SEED),1) --count 4
	@for kind in unsynced-journal unsynced-names unsynced-database; do \
		$(BIN)/python -m tests.simulation $$kind --first $(or $(SEED),1) --count 40 || exit 1; done
	@for kind in torn eio enospc upgrade; do $(BIN)/python -m tests.simulation $$kind || exit 1; done

fuzz: setup ## Have the decoder read CASES=2000000 odd bodies made from tests/corpus, from SEED or a new one.
	@$(BIN)/python -m tests.fuzz --cases $(or $(CASES),2000000) $(if $(SEED),--seed $(SEED))

bench: setup ## Measure the real server under load on this machine.
	@$(BIN)/python -m bench $(ARGS)

growth: setup ## Measure the same traffic on folders with 10 thousand to 10 million people and events; 30 GB of disk.
	@$(BIN)/python -m bench growth $(ARGS)

steady: setup ## Full load for MINUTES=5, then half of it: does the materialiser keep up, and how long do requests wait?
	@$(BIN)/python -m bench steady --minutes $(or $(MINUTES),5) $(ARGS)

overload: setup ## Send three times what the server can take for SECONDS=20, and say whether it stayed itself.
	@$(BIN)/python -m bench overload --seconds $(or $(SECONDS),20)

soak: setup ## Let mixed traffic go on for MINUTES=10, and say whether memory and descriptors stayed.
	@$(BIN)/python -m bench soak --minutes $(or $(MINUTES),10)

spec: setup ## Write spec/openapi.json anew from what the server says.
	@mkdir -p spec
	@$(BIN)/sojourn openapi > spec/openapi.json.new && mv spec/openapi.json.new spec/openapi.json
	@echo "Wrote spec/openapi.json."

reference: setup ## Rewrite the generated reference pages.
	@$(BIN)/python tools/reference.py

clean: ## Remove what these commands made, but never data.
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
