# Everything runs in .venv, made here from constraints.txt; Python >= 3.11, make and git are all that is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The fedml SDK, with some fifty packages and gigabytes of its own, is kept apart; it needs Python 3.11.
SDK_PYTHON ?= python3.11
SDK_VENV := .venv-sdk
SDK_STAMP := $(SDK_VENV)/.installed

.PHONY: setup demo test test-sdk soak check format schemas bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/python examples/quickstart/run.py

test: setup
	$(BIN)/python -m pytest -n 4 --dist worksteal

$(SDK_STAMP): tests/sdk/environment.txt
	$(SDK_PYTHON) -m venv --clear $(SDK_VENV)
	$(SDK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --prefer-binary -r tests/sdk/environment.txt
	touch $(SDK_STAMP)

test-sdk: setup $(SDK_STAMP)
	$(BIN)/python -m tests.sdk.run $(SDK_VENV)/bin/python

soak: setup
	$(BIN)/python -m pytest tests/integration/test_invariants.py tests/integration/test_history_two_at_once.py tests/integration/test_history_killed.py --soak -s --timeout 600

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: setup
	$(BIN)/gitops schema --dir schemas

bench: setup
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(SDK_VENV) .venv-octodns .mypy_cache .pytest_cache .ruff_cache .hypothesis build ./*.egg-info
