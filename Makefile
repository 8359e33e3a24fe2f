# Two commands do everything: `make build` and `make test`. `make help` lists the others.
# Everything is installed into .venv from the hashed locks; nothing outside this folder is touched.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
# a launcher may exist without the version behind it, so each is tried
PYTHON ?= $(shell for python in python3.11 python3; do \
	$$python --version > /dev/null 2>&1 && { echo $$python; break; }; done)
PIP := $(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes
LOCK := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-strip-extras --universal
# Where the shop is built: duckdb, or a server if one is asked for (make build ENGINE=postgres).
ENGINE = duckdb
# What is built and tested: default, daily (without the proof) or all, as selectors.yml says.
SELECTOR = default
READY = $(VENV)/.$(if $(filter duckdb,$(ENGINE)),build,$(ENGINE))-ready
# each engine parses for itself; a local Spark keeps its tables in warehouse/, like everything built
ON_SERVER = DBT_TARGET_PATH=target/$(ENGINE) \
	SPARK_CONF_DIR="$${SPARK_CONF_DIR:-$(CURDIR)/scripts/spark}"
# The system whose exports are built in the place of the sample shop (make build SOURCE=shopify_csv).
SOURCE =
# The folder of raw files that `make check` reads.
RAW = sample_shop
# The folder of raw files that `make load` copies to a server.
FROM = sample_shop
# The language of `make workbook`: en or fr.
LANGUAGE = en
# The sizes of the shops that `make bench` builds, in contacts.
SIZES = 10k,100k
# The linters look at an empty shop of their own: the warehouse stays untouched and may be in use.
LINT := target/lint
APART := BUILD_FILE=$(LINT)/lint.duckdb DUCKDB_TEMP_DIRECTORY=$(LINT)/spill \
	DBT_TARGET_PATH=$(LINT)/target DBT_LOG_PATH=$(LINT)/logs
LINTED_WITH := .sqlfluff .sqlfluffignore pyproject.toml dbt_project.yml profiles.yml requirements-dev.txt
# two at a time; the tests of a file, and those of an engine, stay together
WORKERS := -n 2 --no-loadscope-reorder
# at exit the engine's bindings complain about harmless things, and bury the last line
CALM := 2> >(grep -vE 'nanobind| - leaked | - ... skipped remainder' >&2)

ifeq ($(filter $(ENGINE),duckdb postgres spark),)
$(error ENGINE is $(ENGINE): set it to duckdb, postgres or spark)
endif

.PHONY: help build book check compare workbook metrics bench backtest backfill pictures rules load export test test-full \
	mutants lint format docs lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: $(READY) ## build the shop with every model and test, publish it (SOURCE=shopify_csv; ENGINE=postgres, spark; SELECTOR=daily, all)
ifneq ($(SOURCE),)
	@echo "Building an invented shop from its $(SOURCE) exports, which are in warehouse/$(SOURCE) …"
	@$(VENV)/bin/python scripts/sample_exports.py $(SOURCE) warehouse/$(SOURCE)
	@$(VENV)/bin/dbt build --selector $(SELECTOR) \
		--vars '{sources: [$(SOURCE)], raw_location: warehouse/$(SOURCE)}'
	@$(VENV)/bin/python scripts/summary.py
	@$(VENV)/bin/python scripts/book.py
else ifeq ($(ENGINE),duckdb)
	@echo "Building the shop …"
	@$(VENV)/bin/dbt build --selector $(SELECTOR)
	@$(VENV)/bin/python scripts/summary.py
	@$(VENV)/bin/python scripts/book.py
else
	@echo "Building the shop on $(ENGINE) …"
	@$(ON_SERVER) $(VENV)/bin/dbt build --target $(ENGINE) --selector $(SELECTOR)
endif

book: $(VENV)/.build-ready ## write the segment book of what is published: warehouse/book.en.html and book.fr.html
	@$(VENV)/bin/python scripts/book.py

check: $(VENV)/.build-ready ## say how a build would read a folder of raw files (RAW=my_shop), build nothing
	@$(VENV)/bin/python scripts/check_raw.py "$(RAW)" $(CALM)

# a value with quotes of its own reaches the script as it is
export COMPARE_VARS = $(VARS)
compare: $(VENV)/.build-ready ## say whom other settings or another commit would move: VARS='{name: value}', REF=main (OPTIONS="--examples 5")
ifeq ($(ENGINE),duckdb)
	@$(VENV)/bin/python scripts/compare.py --vars "$$COMPARE_VARS" --ref "$(REF)" $(OPTIONS) $(CALM)
else
	@echo "Definitions are compared on DuckDB, on files: leave ENGINE out." >&2; exit 1
endif

workbook: $(VENV)/.build-ready ## write what is published as a workbook to calculate with (LANGUAGE=fr)
ifeq ($(ENGINE),duckdb)
	@$(VENV)/bin/python scripts/workbook.py --language "$(LANGUAGE)"
else
	@echo "The workbook is written from the file that DuckDB publishes: leave ENGINE out." >&2; exit 1
endif

# MetricFlow reads target/semantic_manifest.json and no other, and asks the package index for news of itself
metrics: $(VENV)/.metrics-ready ## ask by metric: ASK="--metrics orders,net_revenue --group-by metric_time__month"
	@$(VENV)/bin/dbt --quiet parse
	@$(VENV)/bin/mf $(if $(ASK),query $(ASK),list metrics)

bench: $(VENV)/.test-ready ## measure builds of invented shops (SIZES=100k,1m; OPTIONS="--pair OTHER_CHECKOUT")
	@$(VENV)/bin/python scripts/bench.py --sizes "$(SIZES)" $(OPTIONS)

backtest: $(VENV)/.build-ready ## predict the last months from what was known before them, and say how well
	@echo "Building the shop, and its past …"
	@$(VENV)/bin/dbt build --vars '{backtest: true}'
	@$(VENV)/bin/python scripts/backtest.py

backfill: $(VENV)/.build-ready ## fill the membership log with days before its first, a build each (FROM=2025-01-01 TO=2025-01-31)
ifeq ($(ENGINE),duckdb)
	@$(VENV)/bin/python scripts/backfill.py "$(FROM)" "$(TO)" $(OPTIONS)
else
	@echo "Only on DuckDB can the membership log be filled." >&2; exit 1
endif

pictures: $(VENV)/.test-ready ## redraw docs/pictures (SHARED_DATA=folder of the real data; Chromium, after make build)
	@$(VENV)/bin/python scripts/prediction_pictures.py
	@$(VENV)/bin/python scripts/book_pictures.py

rules: $(VENV)/.build-ready ## rewrite docs/rules.md
	@$(VENV)/bin/dbt --quiet parse
	@$(VENV)/bin/python scripts/write_rules.py target/manifest.json docs/rules.md

export: $(READY) ## say what would be exported, and write nothing; DO=write, DO="delivered brevo 000001" (ENGINE=…)
	@$(ON_SERVER) $(VENV)/bin/python scripts/export.py --engine $(ENGINE) $(DO) $(CALM)

load: $(READY) ## copy a folder of raw files to a server: ENGINE=postgres or spark, FROM=folder
ifeq ($(ENGINE),duckdb)
	@echo "DuckDB reads the files where they are. Say which server: make load ENGINE=postgres" >&2; exit 1
else
	@$(ON_SERVER) $(VENV)/bin/python scripts/load_raw.py "$(FROM)" --engine $(ENGINE)
endif

# rules of layout take two thirds of the linter's time; ST06 is left out of all (.sqlfluff says why)
test: UNJUDGED = ,layout
test: lint ## lint (but the layout of SQL), then every test except the long ones
	@echo "Running the tests …"
	@$(VENV)/bin/python -m pytest -m "not full" $(WORKERS) --durations=10 $(CALM)

test-full: lint ## lint, then every test (the pages' need Chromium: apt-get install chromium)
	@echo "Running all tests, the long ones too …"
	@$(VENV)/bin/python -m pytest $(WORKERS) --durations=10 $(CALM)

mutants: $(VENV)/.test-ready ## change the models in every small way, list what no test notices (OPTIONS="--sample 100")
	@$(VENV)/bin/python tests/python/mutants.py $(OPTIONS) $(CALM)

lint: $(VENV)/.test-ready ## ruff, yamllint, dbt parse, sqlfluff
	@echo "ruff …"
	@$(VENV)/bin/ruff check --quiet scripts tests/python
	@$(VENV)/bin/ruff format --quiet --check scripts tests/python
	@echo "yamllint …"
	@$(VENV)/bin/yamllint --strict .
	@mkdir -p $(LINT)
	@# a test whose ref is misspelled disappears with a warning, and partial parsing then hides the warning
	@echo "dbt parse, with every warning an error …"
	@$(APART) $(VENV)/bin/dbt --quiet --warn-error --no-partial-parse parse
	@# what has passed since any file that all SQL depends on was changed is not linted again
	@echo "sqlfluff …"
	@touch $(LINT)/began; files="models tests analyses"; passed=$(LINT)/passed$(UNJUDGED); \
	if [ -f $$passed ] && [ -z "$$(find macros $(LINTED_WITH) -newer $$passed -type f)" ]; then \
		files=$$(find models tests analyses -name '*.sql' -newer $$passed); fi; \
	[ -z "$$files" ] || $(APART) $(VENV)/bin/sqlfluff lint $$files --exclude-rules ST06$(UNJUDGED) \
		--disable-progress-bar --nocolor $(CALM); \
	mv $(LINT)/began $$passed

format: $(VENV)/.test-ready ## let ruff and sqlfluff fix the layout
	@$(VENV)/bin/ruff check --fix scripts tests/python
	@$(VENV)/bin/ruff format scripts tests/python
	@mkdir -p $(LINT)
	@$(APART) $(VENV)/bin/sqlfluff fix --disable-progress-bar models tests analyses

docs: $(VENV)/.build-ready ## document every table of the last build in target/docs/static_index.html
	@$(VENV)/bin/dbt --quiet docs generate --static --target-path target/docs
	@echo "Open target/docs/static_index.html"

lock: ## resolve requirements*.in again (needs uv)
	@$(LOCK) requirements.in -o requirements.txt
	@# an engine, or MetricFlow, is added to what is there, without changing any version
	@$(LOCK) -c requirements.txt requirements-postgres.in -o requirements-postgres.txt
	@$(LOCK) -c requirements.txt requirements-spark.in -o requirements-spark.txt
	@$(LOCK) -c requirements.txt requirements-metrics.in -o requirements-metrics.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt

clean: ## remove .venv and everything that was built
	@rm -rf $(VENV) target logs .pytest_cache .ruff_cache
	@find warehouse -mindepth 1 ! -name .gitkeep -delete
	@find scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps come last: an interrupted setup is not ready, and starts again.
$(VENV)/.build-ready: requirements.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 is needed, and there is no python3 on the path." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| echo "Python 3.11 was not found: going on with $$($(PYTHON) --version), which is not tested." >&2
	@echo "Setting up $(VENV) …"
	@rm -f $(VENV)/.test-ready
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

# The test tools need an older version of a package than the engines' locks name, so the latest setup counts.
$(VENV)/.postgres-ready $(VENV)/.spark-ready $(VENV)/.metrics-ready: $(VENV)/.%-ready: requirements-%.txt $(VENV)/.build-ready
	@echo "Adding what $* needs to $(VENV) …"
	@rm -f $(VENV)/.test-ready
	@$(PIP) -r $<
	@touch $@

$(VENV)/.test-ready: requirements-dev.txt $(VENV)/.build-ready
	@echo "Adding the test tools, and all engines that are tested, to $(VENV) …"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.postgres-ready $(VENV)/.spark-ready $@
