# Everything a newcomer needs. Each target sets up what it uses; nothing has to be installed beforehand but Python 3.11+ and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin

.PHONY: help setup demo test lint bench dashboards golden constraints

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 24

setup: ## install the servers that demo and tests start, and make the virtualenv
	@scripts/setup.sh

demo: setup ## run a whole station on this machine and watch it (FOR=2m ends it by itself, SPEED=60 hurries the day)
	@$(BIN)/python -m demo $(if $(FOR),--for $(FOR)) $(if $(SPEED),--speed $(SPEED))

test: setup lint ## lint, types, unit tests, rules, and the real servers
	@scripts/test.sh

lint: ## ruff and mypy
	@scripts/setup.sh python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: ## scrapes, webhooks, 50,000 listeners, a long log, a long history, streams per core, a million events: each beside its alternative or limit
	@scripts/setup.sh python
	@$(BIN)/python -m bench

dashboards: ## write dashboards/*.json anew from dashboards/src
	@scripts/setup.sh python
	$(BIN)/python -m dashboards.src

golden: ## write the golden pages and the generated docs anew; read the diff before you commit it
	@scripts/setup.sh python
	UPDATE_GOLDEN=1 $(BIN)/pytest -q tests -m 'not integration'

constraints: ## pin every dependency anew, with hashes
	@scripts/setup.sh python
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --group test --group build --group dashboards pyproject.toml --output-file constraints.txt
