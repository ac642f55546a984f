# Two commands for a new user: make demo, make test. Everything else is for developers.

PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python

OLD = .venv-oldest

# What depends on other libraries: room by room below tests/.
ROOMS = kernels engine statistics table data surface selection policies report estimators storage export
TESTED = pyproject.toml $(shell find src tests -name '*.py')

# A process a core, each with whole files: most tests keep one core busy.
BESIDE = --numprocesses auto --dist loadfile

# Whatever is skipped without torch, Keras, Dask or Ray.
OF_EXTRAS = tests/torch tests/zoo tests/cluster $(shell grep -rlE '(importorskip|find_spec)."(torch|transformers|keras|distributed|ray)' tests --include='test_*.py')

.PHONY: demo cluster-demo test test-extras gpu test-oldest lint docs dist bench bench-cluster page-check screens image-check calibrate calibrate-quick calibrate-tune accuracy agreement kill fuzz clean

demo: $(VENV)/.installed
	rm -rf runs/demo && mkdir -p runs
	$(RUN) -m dropdecay demo --out runs/demo

# A scheduler and two workers on the loopback, one of which is killed half way: a minute.
cluster-demo: $(VENV)/.clusters-installed
	$(RUN) -m examples.cluster_demo

test: $(VENV)/.tests-installed
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium) >/dev/null 2>&1 || \
		echo "No chromium and no apt: the report's browser tests will be skipped."
	$(RUN) -m pytest $(BESIDE)

# What needs an extra that is too large for everyone: torch, Dask, Ray.
test-extras: $(VENV)/.tests-installed $(VENV)/.transformers-installed $(VENV)/.keras-installed $(VENV)/.clusters-installed
	$(RUN) -m pytest $(BESIDE) $(OF_EXTRAS)

# On a machine with a GPU: the contract and the agreement with the processor, then the figures of
# docs/benchmarks.md. Five minutes on an H100. Install torch's build for CUDA first.
gpu: $(VENV)/.tests-installed
	$(RUN) -c "import torch; print(torch.cuda.get_device_name())"
	$(RUN) -m pytest -k "cuda or Cuda or gpu" $(wildcard tests/engine/test_torch_*.py)
	$(RUN) -m benchmarks.torch_engine --device cuda
	$(RUN) -m benchmarks.torch_modules --device cuda
	$(RUN) -m benchmarks.torch_surface --device cuda

# With the oldest versions that pyproject.toml allows, then with those of "make test", the newest:
# scikit-learn's own checks of the estimators, and the tests of whatever leans on another library.
# Interrupted, it goes on. Half an hour on two idle cores.
test-oldest: $(ROOMS:%=$(OLD)/.passed-%) $(ROOMS:%=$(VENV)/.passed-%)

# Old libraries warn of the newer ones that they meet, so warnings are no errors there.
$(OLD)/.passed-%: $(OLD)/.installed $(TESTED)
	$(OLD)/bin/python -m pytest -W default tests/$*
	touch $@

$(VENV)/.passed-%: $(VENV)/.tests-installed $(TESTED)
	$(RUN) -m pytest tests/$*
	touch $@

lint: $(VENV)/.lint-installed
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

# What would be published, in build/dist: its metadata checked, the recipe for conda rendered, and the
# wheel installed into an environment of its own, where it runs the demo.
dist: $(VENV)/.dist-installed
	rm -rf build/dist build/of-the-wheel build/demo
	$(RUN) -m build --outdir build/dist
	$(RUN) -m twine check --strict build/dist/*
	$(RUN) -c "import rattler_build as r; print(r.Stage0Recipe.from_file('deploy/conda/recipe.yaml').render())"
	$(PYTHON) -m venv build/of-the-wheel
	build/of-the-wheel/bin/python -m pip install --quiet build/dist/*.whl
	cd build && of-the-wheel/bin/dropdecay demo --out demo

# The site in build/site, without a warning and without a broken link; half a minute.
docs: $(VENV)/.docs-installed
	$(RUN) -m website.build

# Everything of docs/benchmarks.md, on a quiet machine: about three quarters of an hour.
bench: $(VENV)/.bench-installed
	$(RUN) -m benchmarks.dropout
	$(RUN) -m benchmarks.step
	$(RUN) -m benchmarks.step_of_rivals
	$(RUN) -m benchmarks.epoch_price
	$(RUN) -m benchmarks.surface_price
	$(RUN) -m benchmarks.surface
	$(RUN) -m benchmarks.single_fit
	$(RUN) -m benchmarks.growth
	$(RUN) -m benchmarks.mapped
	$(RUN) -m benchmarks.files_on_disk
	$(RUN) -m benchmarks.start
	$(RUN) -m benchmarks.page
	$(RUN) -m benchmarks.readme

# Dask, Ray and the processes of this machine beside one process, 1,000 workers on paper, and tables
# on disk of up to 20 million rows, on a quiet machine: half an hour, and 8 GB of disk.
bench-cluster: $(VENV)/.clusters-installed
	$(RUN) -m benchmarks.cluster
	$(RUN) -m benchmarks.files_on_disk
	$(RUN) -m benchmarks.page

# AXE is axe.min.js of axe-core (npm install axe-core), RUNS are folders of runs.
page-check: $(VENV)/.tests-installed
	$(RUN) -m benchmarks.page_check $(AXE) $(RUNS)

# The pictures of the page in docs, from RUN_OF_README, the folder of the README's first command.
screens: $(VENV)/.tests-installed
	$(RUN) -m benchmarks.screens $(RUN_OF_README)

# What the image of deploy/Dockerfile is built by, in a fresh virtual environment.
image-check: $(VENV)/.installed
	$(RUN) -m tests.image

# Ends a run fifty times at random moments, by kill -9, Ctrl-C once and twice, SIGTERM, SIGHUP and in
# their order; every time it must end with identical numbers.
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

# How much tuning flatters itself: 120 tables of 4 processor seconds, each searched twice.
calibrate-tune: $(VENV)/.tests-installed
	$(RUN) -m benchmarks.tuned_worlds --repetitions 60 --jobs 2

# Beside other people's models on real tables, two processes: DATA is a folder of Parquet files, target
# last. Interrupted, it goes on. Two nights; ONLY narrows it: make accuracy ONLY="--splits 2 --tables iris".
DATA ?= data
accuracy: $(VENV)/.bench-installed
	$(RUN) -m benchmarks.accuracy $(DATA) $(ONLY)
	$(RUN) -m benchmarks.accuracy $(DATA) --summary

# The validation loss beside scikit-learn's over twenty seeds, on three tables: a minute.
agreement: $(VENV)/.installed
	$(RUN) -m benchmarks.agreement

# Two thousand mutations of every file of a run, a quarter of an hour of a processor; then ten thousand
# random tables through fit and predict, five quarters. Interrupted, they go on, from the start once
# runs/fuzz is removed. One BLAS thread: the small decompositions of text columns wait for each other
# with two.
fuzz: $(VENV)/.tests-installed
	OPENBLAS_NUM_THREADS=1 $(RUN) -m tests.mutate 2000
	OPENBLAS_NUM_THREADS=1 $(RUN) -m tests.fuzz 10000

$(VENV)/.installed: pyproject.toml
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable .
	touch $@

$(VENV)/.tests-installed: $(VENV)/.installed
	$(RUN) -m pip install --quiet --editable ".[test]"
	touch $@

# Wheels only: what is so old does not build any more.
$(OLD)/.installed: pyproject.toml tests/oldest.py
	test -x $(OLD)/bin/python || $(PYTHON) -m venv $(OLD)
	$(PYTHON) -m tests.oldest > $(OLD)/constraints.txt
	$(OLD)/bin/python -m pip install --quiet --only-binary :all: --constraint $(OLD)/constraints.txt --editable ".[test]"
	touch $@

# Before whatever asks for it, and alone: the pin brings a build for the processor; a range would
# bring one for GPUs.
$(VENV)/.torch-installed: $(VENV)/.installed
	$(RUN) -m pip install --quiet torch==2.13.0
	touch $@

# Models of Hugging Face: outputs with logits, inputs by name.
$(VENV)/.transformers-installed: $(VENV)/.torch-installed
	$(RUN) -m pip install --quiet transformers==5.24.0
	touch $@

# What the pages that teach show beside ours; it runs on torch.
$(VENV)/.keras-installed: $(VENV)/.torch-installed
	$(RUN) -m pip install --quiet keras==3.15.1
	touch $@

$(VENV)/.clusters-installed: $(VENV)/.installed
	$(RUN) -m pip install --quiet --editable ".[dask,ray]"
	touch $@

$(VENV)/.bench-installed: $(VENV)/.torch-installed benchmarks/requirements.txt
	$(RUN) -m pip install --quiet -r benchmarks/requirements.txt
	touch $@

$(VENV)/.lint-installed: $(VENV)/.tests-installed
	$(RUN) -m pip install --quiet --editable ".[test,lint]"
	touch $@

$(VENV)/.dist-installed: $(VENV)/.installed
	$(RUN) -m pip install --quiet --editable ".[dist]"
	touch $@

$(VENV)/.docs-installed: $(VENV)/.torch-installed
	$(RUN) -m pip install --quiet --editable ".[docs]"
	touch $@

clean:
	rm -rf $(VENV) $(OLD) build runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
