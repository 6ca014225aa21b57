# The portal's commands. `make` alone lists them. Needs python3 (3.11 or newer) and nothing else.
PYTHON ?= python3
VENV := .venv/bin
export PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo worker test check fix bench migration

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the portal needs into .venv
	@$(PYTHON) tools/bootstrap.py

setup-dev:
	@$(PYTHON) tools/bootstrap.py --dev

run: setup ## Start the portal on 127.0.0.1:$PORT (8000), with its data in instance/
	@exec $(VENV)/cass-portal run

demo: setup ## Start a filled demonstration, with its data in instance-demo/
	@exec $(VENV)/cass-portal run --demo

worker: setup ## Run the background work alone, beside `cass-portal run --no-worker`
	@exec $(VENV)/cass-portal worker

test: setup-dev ## Run the tests on SQLite and, where there is one, on PostgreSQL
	@$(VENV)/python tools/notices.py
	@$(VENV)/python -m pytest -n 3 --dist worksteal $(PYTEST)

check: setup-dev ## Lint, types, templates, then the tests with coverage: what CI runs
	@$(VENV)/ruff check --quiet
	@$(VENV)/ruff format --check --quiet
	@$(VENV)/mypy --no-error-summary
	@$(VENV)/djlint --lint --quiet templates
	@$(MAKE) --no-print-directory test PYTEST="--cov --cov-fail-under=95"

fix: setup-dev ## Let the linters correct what they can
	@$(VENV)/ruff check --fix --quiet
	@$(VENV)/ruff format --quiet

bench: setup-dev ## Measure this machine: one table of ratios beside their goals
	@$(VENV)/python -m bench

migration: setup-dev
	@$(VENV)/python tools/new_migration.py "$(what)"
