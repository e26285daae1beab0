.DEFAULT_GOAL := help
SHELL := /bin/sh

# The one rule for Python stands in pyproject.toml; the newest interpreter of this machine that fits is taken.
RULE := $(shell sed -n 's/^requires-python = ">=\(.*\)"$$/\1/p' pyproject.toml)
FITS := import ensurepip, sys, venv; sys.exit(sys.version_info < tuple(map(int, "$(RULE)".split("."))))
CANDIDATES := python3.13 python3.12 python3.11 python3
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(FITS)' 2>/dev/null && echo $(name))))

VENV := .venv
BIN := $(VENV)/bin
SAM := .venv-sam/bin/sam
PIP := -m pip --disable-pip-version-check --no-input --quiet
UV := .venv-uv/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version $(RULE) --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
export SAM_CLI_TELEMETRY := 0
# Trust what the machine trusts: a mirror inside a company has a root of its own.
export UV_SYSTEM_CERTS := true

.PHONY: help dev test check lint types imports template lint-template build build-local test-sam-local test-emulator deploy smoke soak docs lock clean sast audit-dependencies sbom schema guards mutation fuzz assurance

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: $(VENV)/.ready ## Serve on http://127.0.0.1:9123 (pass options as ARGS="--port 9124")
	@exec $(BIN)/python -m devserver $(ARGS)

test: $(VENV)/.ready ## Run the tests (pass options as ARGS="-k rotate")
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: lint types imports template test ## Everything that must hold before a commit lands

lint: $(VENV)/.ready ## Lint
	$(BIN)/ruff check .

types: $(VENV)/.ready ## Check the types
	$(BIN)/mypy

imports: $(VENV)/.ready ## Check who imports whom
	$(BIN)/lint-imports

template: $(VENV)/.ready .venv-sam/.ready ## Validate and lint template.yaml, the dashboard's and the example's
	$(BIN)/cfn-lint template.yaml operations/dashboard.yaml examples/attach/template.yaml
	AWS_DEFAULT_REGION=eu-central-1 $(SAM) validate --lint

lint-template: $(VENV)/.ready .venv-template/.ready ## Judge what is deployed, who may do what, and the pipelines (asks no network)
	@mkdir -p build
	@$(BIN)/python -m tests.template.translated > build/translated.json
	@$(BIN)/python -m tests.template.policies > build/policies.json
	.venv-template/bin/python -W ignore tests/template/iam_findings.py .parliament.yaml < build/policies.json
	CKV_SKIP_PACKAGE_UPDATE_CHECK=true .venv-template/bin/checkov --config-file .checkov.yaml --skip-download \
		--file build/translated.json
	.venv-template/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv-template/bin/zizmor --offline --quiet .github/workflows

build: $(VENV)/.ready .venv-sam/.ready .venv-uv/.ready ## Build the layers (RUNTIME=python3.12 ARCHITECTURE=x86_64)
	@find functions -name __pycache__ -prune -exec rm -r {} +
	@BUILD_RUNTIME=$(RUNTIME) BUILD_ARCHITECTURE=$(ARCHITECTURE) $(SAM) build --build-dir $(BUILD_DIR) $(BUILT_FOR)
	@$(BIN)/python layers/sizes.py $(BUILD_DIR)/template.yaml
BUILD_DIR ?= .aws-sam/build
BUILT_FOR = $(if $(RUNTIME)$(ARCHITECTURE),--parameter-overrides \
	$(if $(RUNTIME),Runtime=$(RUNTIME)) $(if $(ARCHITECTURE),Architecture=$(ARCHITECTURE)))

build-local: $(VENV)/.ready ## Build for `sam local` on this machine (docs/sam-local.md)
	@$(MAKE) --no-print-directory build BUILD_DIR=.aws-sam/local ARCHITECTURE=$(THIS_ARCHITECTURE)
	@$(BIN)/python layers/local.py .aws-sam/local --secret-file $(or $(JWT_SECRET_FILE),.ironflow/.ironflow_jwt_secret)
THIS_ARCHITECTURE = $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

test-sam-local: $(VENV)/.ready ## Run every event, and the API, in containers (needs Linux and root; some of it as ARGS="-k login")
	@$(BIN)/python -m tests.sam_local $(ARGS)

test-emulator: $(VENV)/.ready .venv-sam/.ready .venv-emulator/.ready ## Deploy to a local AWS emulator; run the tutorial and the attached API there
	@$(MAKE) --no-print-directory build BUILD_DIR=.aws-sam/emulator RUNTIME=$(THIS_RUNTIME) ARCHITECTURE=$(THIS_ARCHITECTURE)
	@IRONFLOW_EMULATOR=1 $(BIN)/python -m pytest tests/emulator $(ARGS)
THIS_RUNTIME = $(shell $(BIN)/python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')

deploy: .venv-sam/.ready ## Deploy what was built (STAGE=staging: a section of samconfig.toml)
	$(SAM) deploy --config-env $(or $(STAGE),default) $(if $(CI),--no-confirm-changeset) --no-fail-on-empty-changeset $(ARGS)

smoke: $(VENV)/.ready ## Run the life of a key on a deployed stack (STACK=ironflow-staging)
	@$(BIN)/python -m tests.smoke $(if $(STACK),--stack $(STACK)) $(ARGS)

soak: $(VENV)/.ready .venv-soak/.ready ## Crash 50 times, race and model at length, and load for 20 minutes
	@rm -rf .figures/soak
	@IRONFLOW_CRASHES=50 IRONFLOW_SOAK_SECONDS=1200 IRONFLOW_RACE_ROUNDS=400 IRONFLOW_MODEL_RUNS=200 \
	IRONFLOW_FIGURES=.figures/soak IRONFLOW_K6=$(CURDIR)/.venv-soak/bin/k6 \
	$(BIN)/python -m pytest tests/soak tests/model tests/races $(ARGS); ended=$$?; \
	IRONFLOW_FIGURES=.figures $(BIN)/python -m tests.hostile.assurance && exit $$ended

ifneq ($(wildcard benchmarks/__main__.py),)
.PHONY: bench
bench: $(VENV)/.bench ## Measure, and write docs/benchmarks.md (pass sections as ARGS="cold warm"; --large adds a million keys)
	@$(BIN)/python -m benchmarks $(ARGS)

$(VENV)/.bench: requirements/bench.lock $(VENV)/.ready
	@$(BIN)/python $(PIP) install --no-deps --require-hashes --requirement requirements/bench.lock
	@touch $@
endif

docs: $(VENV)/.ready ## Write docs/reference anew from the code
	@$(BIN)/python -m reference

lock: .venv-uv/.ready ## Compile requirements/*.in to hashed locks (pass ARGS="--upgrade" for newer versions)
	cd requirements && ../$(COMPILE) $(ARGS) runtime.in -o runtime.lock
	cd requirements && ../$(COMPILE) $(ARGS) -c runtime.lock dev.in -o dev.lock
	cd requirements && ../$(COMPILE) $(ARGS) sam.in -o sam.lock
	cd requirements && ../$(COMPILE) $(ARGS) checks.in -o checks.lock
	cd requirements && ../$(COMPILE) $(ARGS) -c dev.lock bench.in -o bench.lock
	cd requirements && ../$(COMPILE) $(ARGS) emulator.in -o emulator.lock
	cd requirements && ../$(COMPILE) $(ARGS) soak.in -o soak.lock
	cd requirements && ../$(COMPILE) $(ARGS) -c runtime.lock fuzz.in -o fuzz.lock
	cd requirements && ../$(COMPILE) $(ARGS) template.in -o template.lock

sast: $(VENV)/.ready .venv-checks/.ready ## Search the code for weaknesses: bandit, and rules of our own for semgrep; needs no network
	@$(BIN)/python -m tests.hostile.checks sast

audit-dependencies: $(VENV)/.ready .venv-checks/.ready ## Ask the advisory database about every locked package; fails when it cannot ask
	@$(BIN)/python -m tests.hostile.checks audit-dependencies

sbom: $(VENV)/.ready .venv-checks/.ready ## Write dist/sbom.json (CycloneDX) from the lock of what is deployed
	@$(BIN)/python -m tests.hostile.checks sbom

schema: $(VENV)/.ready .venv-checks/.ready ## Let schemathesis attack the OpenAPI document (IRONFLOW_EXAMPLES=15)
	@IRONFLOW_FIGURES=.figures $(BIN)/python -m tests.hostile.schema

guards: $(VENV)/.ready ## Take each invariant's guard away in a copy, and see its test fail (writes docs/invariants.md)
	@$(BIN)/python -m tests.hostile.guards $(ARGS)

assurance: $(VENV)/.ready .venv-checks/.ready ## Run all tests and checks, and write docs/assurance.md with what the attacks among them found
	@rm -f .figures/*.json
	@export IRONFLOW_FIGURES=.figures; ended=0; \
	$(BIN)/python -m pytest -q -n auto $(ARGS) || ended=1; \
	$(BIN)/python -m tests.hostile.checks sast sbom || ended=1; \
	$(BIN)/python -m tests.hostile.checks audit-dependencies || true; \
	$(BIN)/python -m tests.hostile.schema || ended=1; \
	$(BIN)/python -m tests.hostile.assurance && exit $$ended

mutation: $(VENV)/.ready ## Change decision, tokens, cursors, keys and body parser, and count what no test notices
	@IRONFLOW_FIGURES=.figures $(BIN)/python -m tests.hostile.mutation $(ARGS)

fuzz: .venv-fuzz/.ready ## Let a coverage-guided fuzzer attack every parser (Linux x86-64; FUZZ_SECONDS=60 each, ARGS="body reply")
	@IRONFLOW_FIGURES=.figures PYTHONPATH=layers/controlplane:. .venv-fuzz/bin/python -m tests.fuzz $(ARGS)

clean: ## Remove what was built; the data in .ironflow stays
	rm -rf .aws-sam build dist .fuzz .mutation .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis .venv-uv
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -r {} +

# A lock names everything, so nothing is resolved (--no-deps), and nothing that it does not name is fetched.
# Each stamp is newer than what it was made from, so that a second start installs nothing and asks no network.
$(VENV)/.ready: $(VENV)/.locked pyproject.toml
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.locked: requirements/dev.lock
	@$(if $(PYTHON),,echo "ironflow needs Python $(RULE) or newer with venv and pip; none of $(CANDIDATES) is." >&2; exit 1)
	@test -x $(BIN)/python || { echo "Installing into $(VENV) (once, a minute or two)" && $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python $(PIP) install --no-deps --require-hashes --requirement requirements/dev.lock
	@touch $@

.venv-sam/.ready: requirements/sam.lock $(VENV)/.locked
	@test -x .venv-sam/bin/python || $(BIN)/python -m venv .venv-sam
	@.venv-sam/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/sam.lock
	@touch $@

.venv-soak/.ready: requirements/soak.lock $(VENV)/.locked
	@test -x .venv-soak/bin/python || $(BIN)/python -m venv .venv-soak
	@.venv-soak/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/soak.lock
	@touch $@

.venv-template/.ready: requirements/template.lock $(VENV)/.locked
	@test -x .venv-template/bin/python || $(BIN)/python -m venv .venv-template
	@.venv-template/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/template.lock
	@touch $@

.venv-emulator/.ready: requirements/emulator.lock $(VENV)/.locked
	@test -x .venv-emulator/bin/python || $(BIN)/python -m venv .venv-emulator
	@.venv-emulator/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/emulator.lock
	@touch $@

.venv-fuzz/.ready: requirements/fuzz.lock $(VENV)/.locked
	@test -x .venv-fuzz/bin/python || $(BIN)/python -m venv .venv-fuzz
	@.venv-fuzz/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/fuzz.lock
	@touch $@

.venv-checks/.ready: requirements/checks.lock $(VENV)/.locked
	@test -x .venv-checks/bin/python || $(BIN)/python -m venv .venv-checks
	@.venv-checks/bin/python $(PIP) install --no-deps --require-hashes --requirement requirements/checks.lock
	@touch $@

.venv-uv/.ready: $(VENV)/.locked
	@$(BIN)/python -m venv .venv-uv
	@.venv-uv/bin/python $(PIP) install uv==0.13.9
	@touch $@
