# Two commands for a new user: make demo, make test. Everything else is for developers.

PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python

.PHONY: demo test lint bench calibrate calibrate-quick agreement kill fuzz clean

demo: $(VENV)/.installed
	rm -rf runs/demo && mkdir -p runs
	$(RUN) -m dropdecay demo --out runs/demo

test: $(VENV)/.tests-installed
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium) >/dev/null 2>&1 || \
		echo "No chromium and no apt: the report's browser tests will be skipped."
	$(RUN) -m pytest

lint: $(VENV)/.lint-installed
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

# Everything of docs/benchmarks.md, on a quiet machine: about three quarters of an hour.
bench: $(VENV)/.bench-installed
	$(RUN) -m benchmarks.dropout
	$(RUN) -m benchmarks.step
	$(RUN) -m benchmarks.step_of_rivals
	$(RUN) -m benchmarks.epoch_price
	$(RUN) -m benchmarks.surface
	$(RUN) -m benchmarks.single_fit
	$(RUN) -m benchmarks.growth
	$(RUN) -m benchmarks.mapped
	$(RUN) -m benchmarks.start
	$(RUN) -m benchmarks.page
	$(RUN) -m benchmarks.readme

# Kills a run fifty times at random moments; every time it must end with identical numbers.
kill: $(VENV)/.tests-installed
	$(RUN) -m tests.kill 50

# The whole tool in worlds whose truth is known, two processes. Interrupted, it goes on. 3600 tables
# of 5 processor seconds: two and a half hours on two idle cores. A change to the networks needs
# runs/calibrate removed; a change to c, interval or stop does not.
calibrate: $(VENV)/.tests-installed
	$(RUN) -m benchmarks.calibrate --repetitions 200 --points 20 --jobs 2

# 720 tables of 2.8 processor seconds: 17 minutes on two idle cores.
calibrate-quick: $(VENV)/.tests-installed
	$(RUN) -m benchmarks.calibrate --repetitions 40 --points 12 --jobs 2

# The validation loss beside scikit-learn's over twenty seeds, on three tables: a minute.
agreement: $(VENV)/.installed
	$(RUN) -m benchmarks.agreement

# Ten thousand random tables through fit and predict; about an hour. One BLAS thread: the small
# decompositions of text columns wait for each other with two.
fuzz: $(VENV)/.tests-installed
	OPENBLAS_NUM_THREADS=1 DROPDECAY_FUZZ_CASES=10000 $(RUN) -m pytest -s tests/test_fuzz.py

$(VENV)/.installed: pyproject.toml
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable .
	touch $@

$(VENV)/.tests-installed: $(VENV)/.installed
	$(RUN) -m pip install --quiet --editable ".[test]"
	touch $@

# torch first and alone: the pin brings a build for the processor; a range would bring one for GPUs.
$(VENV)/.bench-installed: $(VENV)/.installed benchmarks/requirements.txt
	$(RUN) -m pip install --quiet torch==2.13.0
	$(RUN) -m pip install --quiet -r benchmarks/requirements.txt
	touch $@

$(VENV)/.lint-installed: $(VENV)/.tests-installed
	$(RUN) -m pip install --quiet --editable ".[test,lint]"
	touch $@

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
