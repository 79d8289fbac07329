# Everything a newcomer, a developer and CI need, one command each. `make` alone lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input

# A node is several processes: where this is set, each would compile fifteen hundred modules anew.
export PYTHONDONTWRITEBYTECODE :=

# Third-party code comes as wheels whose hashes are in the lock, or not at all.
INSTALL := $(PIP) install -qq --require-hashes --only-binary :all: --no-deps

CATALOGUES := $(shell find src -name '*.po' -path '*/LC_MESSAGES/*')
COMPILED   := $(CATALOGUES:.po=.mo)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup setup-dev system system-dev assets translations test test-external check fix fuzz ofd-fuzz seal-proof demo network network-demo bench concurrency kill identity-proof exchange-proof lock clean

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

run: setup ## set everything up and start the node; TONGBAN_PORT and TONGBAN_HOME say where
	@exec $(BIN)/tongban serve --demo

setup: system $(STAMPS)/run assets translations ## set up what running needs: packages, front end, fonts, translations

setup-dev: system-dev $(STAMPS)/dev assets translations ## the same, and what developing and testing need

# --- Python -----------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it: make run PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make virtual environments here; on Debian: apt-get install python3-venv"; exit 1; }

$(STAMPS)/run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "setup: Python packages …"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "setup: Python packages for development …"
	@$(INSTALL) -r requirements-dev.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/run

lock: ## resolve the dependencies of pyproject.toml again
	uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --extra build \
	  pyproject.toml -o requirements.lock
	uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --extra build --extra dev \
	  pyproject.toml -o requirements-dev.lock

# --- system, front end, translations -----------------------------------------------------------------------------

system:
	@tools/bootstrap.sh fonts

system-dev:
	@tools/bootstrap.sh fonts chromium mariadb

assets: $(STAMPS)/run
	@$(BIN)/python tools/assets.py

translations: $(COMPILED)

%.mo: %.po | $(STAMPS)/run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

IDENTITY_PROOF := tests/identity_proof tests/network

# --- proof ------------------------------------------------------------------------------------------------------

test: setup-dev ## set everything up and run every test; PYTEST_ARGS="-k name" for some
	$(BIN)/pytest --numprocesses $${TEST_PROCESSES:-3} --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-external: setup-dev ## the same on an external PostgreSQL: DATABASE_URL, else the system's in a throw-away folder
	$(BIN)/python -m tools.external_postgres $(BIN)/pytest $(PYTEST_ARGS)

check: setup-dev ## format, lint, types, import contracts, translations, migrations, API drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.translations check
	$(BIN)/python -W ignore -m tools.check_migrations
	TONGBAN_HOME=var/check $(BIN)/tongban openapi --check
	$(BIN)/python -m tools.generate_reference --check
	@echo "check: all is well"

fix: setup-dev ## format, and repair what the linter can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

concurrency: setup-dev ## sixteen submitters, 10,000 cases; CONCURRENT_CASES says how many
	CONCURRENT_CASES=$${CONCURRENT_CASES:-10000} $(BIN)/pytest -q tests/integration/business/casework/test_concurrency.py

kill: setup-dev ## kill parts of a node during 2,000 submissions, 200 random lives; KILL_SUBMISSIONS, KILL_TIMES, CASE_LIFE_EXAMPLES
	KILL_SUBMISSIONS=$${KILL_SUBMISSIONS:-2000} KILL_TIMES=$${KILL_TIMES:-4} $(BIN)/pytest -q tests/kill
	CASE_LIFE_EXAMPLES=$${CASE_LIFE_EXAMPLES:-200} $(BIN)/pytest -q tests/properties/test_case_life.py

identity-proof: setup-dev ## every door with random actors, the three-node login, the attack list; IDENTITY_PROOF_EXAMPLES
	IDENTITY_PROOF_EXAMPLES=$${IDENTITY_PROOF_EXAMPLES:-10} $(BIN)/pytest -q $(IDENTITY_PROOF)

exchange-proof: setup-dev ## random lives of three nodes, 50,000 messages and every fault, a lost JetStream server; EXCHANGE_…
	EXCHANGE_PROOF_EXAMPLES=$${EXCHANGE_PROOF_EXAMPLES:-200} EXCHANGE_PROOF_STEPS=$${EXCHANGE_PROOF_STEPS:-50} \
		$(BIN)/pytest -q tests/properties/resources/exchange tests/integration/resources/exchange
	EXCHANGE_FAULT_MESSAGES=$${EXCHANGE_FAULT_MESSAGES:-50000} $(BIN)/pytest -q -s tests/network/test_exchange_faults.py

fuzz: setup-dev ## call the API with made-up requests for ten minutes; FUZZ_SECONDS says how long
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/pytest tests/contracts/test_api_fuzz.py

ofd-fuzz: setup-dev ## read, judge and draw 10,000 spoilt OFD files; OFD_FUZZ_FILES says how many
	OFD_FUZZ_FILES=$${OFD_FUZZ_FILES:-10000} $(BIN)/pytest -q tests/properties/support/test_ofd_mutations.py

seal-proof: setup-dev ## touch every class of bytes of seals and signatures, 10,000 spoilt files, kills during batches
	SEAL_LOSS_SECONDS=1 $(BIN)/pytest -q tests/network/test_shared_seals.py
	SEAL_PROOF_PLACES=$${SEAL_PROOF_PLACES:-40} SEAL_PROOF_ROUNDS=$${SEAL_PROOF_ROUNDS:-2500} KILL_LICENCES=$${KILL_LICENCES:-400} \
		KILL_TIMES=$${KILL_TIMES:-6} $(BIN)/pytest -q tests/integration/support/seals/test_tampering.py \
		tests/integration/support/seals/test_spoilt_files.py tests/kill/test_kill_issuing.py

demo: setup ## drive the main job over HTTP only, against TONGBAN_URL or a fresh node
	$(BIN)/python -m tools.demo

network: setup ## start nation, province and two cities, joined; NETWORK_PORT and NETWORK_HOME say where
	@exec $(BIN)/python -m tools.network

network-demo: setup ## apply in one city for a service of another, over HTTP only, while a link is cut and restored
	$(BIN)/python -m tools.network.demo

bench: setup-dev ## run the benchmarks, print a table, write bench/results/latest.json
	$(BIN)/python -m bench.run

clean: ## remove what setup made; data folders stay
	rm -rf $(VENV) node_modules .cache src/tongban/config/static/vendor .mypy_cache .ruff_cache .pytest_cache
	find src -name '*.mo' -delete
