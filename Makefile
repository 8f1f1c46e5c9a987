# `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/ready
PEERS := .venv-bench/ready
STACK := $(BIN)/python -m deploy.local
PINNED := --generate-hashes --no-emit-index-url --no-header --no-annotate -q
CHAOS := $(wildcard tests/chaos/test_*.py)

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Python packages and the `touchline` command in .venv

$(READY): requirements.lock pyproject.toml deploy/setup.sh
	@deploy/setup.sh
	@touch $@

.PHONY: programs
programs: $(READY) ## Java, Maven, Redis, Prometheus and Alertmanager: installed where we may, else named
	@$(STACK) --programs

.PHONY: demo
demo: $(READY) ## A broker, Redis, all workers and touches: watch leads ripen (ARGS="...")
	@exec $(BIN)/touchline demo $(ARGS)

.PHONY: stack
stack: $(READY) ## Kafka and Redis alone, in the foreground
	@exec $(STACK) $(ARGS)

.PHONY: test
test: programs ## All that CI runs
# The database of vulnerabilities is asked while the types are checked.
	@$(MAKE) --no-print-directory -j 2 lint audit
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/pure tests/contract
	@$(STACK) --run $(BIN)/pytest -q -n 2 --dist loadfile -m "not long" tests/live
	@$(if $(CHAOS),$(BIN)/pytest -q -n 2 --dist loadfile -m "not long" $(CHAOS))

.PHONY: test-chaos
test-chaos: programs ## Kills, pauses, outages under load for minutes, then a recount (ARGS="...")
	@$(if $(ARGS),,$(BIN)/pytest -q -m long tests/live $(CHAOS))
	@exec $(BIN)/python -m tests.chaos $(ARGS)

.PHONY: test-month
test-month: programs ## A month of a sales team in minutes, then a recount of what must hold (ARGS="--kill")
	@exec $(BIN)/python -m tests.month $(ARGS)

.PHONY: drill
drill: programs ## Five faults under load, their alerts and remedies, with times; restarts, a rollback; a recount (ARGS="...")
	@exec $(BIN)/python -m tests.drill $(ARGS)

.PHONY: test-fuzz
test-fuzz: $(READY) ## A million mutated messages: each applied or refused, none breaks anything (ARGS="...")
	@exec $(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: test-mutations
test-mutations: programs ## Bugs planted one at a time: is each noticed by a test? (ARGS="...")
	@exec $(BIN)/python -m tests.mutations $(ARGS)

$(PEERS): tests/bench/quix.lock | $(READY)
	@$(BIN)/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $<
	@touch $@

.PHONY: bench
bench: programs $(PEERS) ## All measurements not yet made of this revision, beside their goals (ARGS="...")
	@exec $(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-score
bench-score: programs $(PEERS) ## Touches a second, CPU per touch, beside Faust and Quix Streams (ARGS="...")
	@exec $(BIN)/python -m tests.bench.score $(ARGS)

.PHONY: bench-latency
bench-latency: programs ## From a touch to its handoff, through all stages (ARGS="...")
	@exec $(BIN)/python -m tests.bench.latency $(ARGS)

.PHONY: bench-restore
bench-restore: programs ## From the start of a worker to readiness, a million leads to restore (ARGS="...")
	@exec $(BIN)/python -m tests.bench.restore $(ARGS)

.PHONY: bench-deadlines
bench-deadlines: programs ## A million promises that run: memory, lateness, a kill -9, a day of downtime (ARGS="...")
	@exec $(BIN)/python -m tests.bench.deadlines $(ARGS)

.PHONY: bench-routed
bench-routed: programs ## Latency with a routing policy in the loop beside that without (ARGS="...")
	@exec $(BIN)/python -m tests.bench.routed $(ARGS)

.PHONY: bench-decide
bench-decide: programs ## How long somebody who holds the line waits for an answer (ARGS="--beside 1000")
	@exec $(BIN)/python -m tests.bench.decide $(ARGS)

.PHONY: bench-memory
bench-memory: programs ## Bytes per lead, and ten million leads on one worker (ARGS="...")
	@exec $(BIN)/python -m tests.bench.memory $(ARGS)

.PHONY: bench-growth
bench-growth: programs ## More leads, more partitions, more rules: what a touch costs then (ARGS="...")
	@exec $(BIN)/python -m tests.bench.growth $(ARGS)

.PHONY: bench-people
bench-people: programs ## A million touches of 200,000 people on four channels: is each one lead, and each score exact? (ARGS="...")
	@exec $(BIN)/python -m tests.bench.people $(ARGS)

.PHONY: compiled
compiled: $(READY) ## The fold as machine code, for `PYTHONPATH=build/compiled touchline run score` (needs a C compiler)
	@$(BIN)/python -m deploy.compiled build/compiled

.PHONY: image
image: ## The container image, from base images by digest (PYTHON_BUILD=... PYTHON_RUN=..., see deploy/docs/install.md)
	@PYTHON_BUILD=$(PYTHON_BUILD) PYTHON_RUN=$(PYTHON_RUN) deploy/image/build.sh

.PHONY: manifests
manifests: $(READY) ## Plain Kubernetes manifests from the chart, Strimzi's resources from the topology (needs Helm, or Go)
	@$(BIN)/python -m deploy.kubernetes

.PHONY: lint
lint: $(READY) ## ruff, mypy --strict, import rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.venv/imports.log || { cat .venv/imports.log; exit 1; }

.PHONY: audit
audit: $(READY) ## Known vulnerabilities in what the locks install
	@$(BIN)/python -m deploy.audit

.PHONY: lock
lock: $(READY) ## Pin again what pyproject.toml asks for
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra picture --extra otel $(PINNED) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml -c requirements.lock $(PINNED) -o deploy/image/runtime.lock
	@$(BIN)/uv pip compile deploy/image/build.in -c requirements.lock $(PINNED) -o deploy/image/build.lock
	@$(BIN)/uv pip compile tests/bench/quix.in $(PINNED) -o tests/bench/quix.lock

.PHONY: clean
clean: ## Delete what can be made again (not .venv, .venv-bench)
	@rm -rf .touchline .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
