# make run     environment, sample cohort, the whole workflow on it, the report
# make test    environment, then every test
.PHONY: run test bench study fuzz env sample lint format lock docs which rois check-status clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= 2
PYTEST_ARGS ?=
INPUTS ?= 20000
export OMP_NUM_THREADS := 1

run: env sample
	$(BIN)/python scripts/run_workflow.py --cores $(CORES)

test: env
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# Speed and memory against a peer in the same run (docs/benchmarks.md).
bench: env
	$(BIN)/python tests/benchmarks/bench_imaging.py
	$(BIN)/python tests/benchmarks/bench_statistics.py

# Simulated cohorts with known truth: coverage of intervals, optimism (docs/validation.md).
study: env
	$(BIN)/python tests/study/study.py

# Damaged files for every reader; a finding names the command that repeats it (docs/safety.md).
fuzz: env
	$(BIN)/python tests/fuzz/fuzz.py --inputs $(INPUTS)

env: $(VENV)/made

# The environment is made again when the lock changes. uv is faster where it is installed; pip needs nothing.
$(VENV)/made: envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Bonehold needs Python 3.11 or newer; say e.g. make run PYTHON=python3.12")'
	@echo "Making the environment in $(VENV) (once, a minute or two) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip sync --quiet --require-hashes --python $(BIN)/python envs/requirements.txt; \
	else \
		$(PYTHON) -m venv --clear $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r envs/requirements.txt; \
	fi
	@touch $@

sample: sample/cohort.yaml

sample/cohort.yaml: | env
	@echo "Writing the synthetic sample cohort (once, under a minute) ..."
	$(BIN)/python scripts/make_sample.py --out sample

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

docs: env
	$(BIN)/python scripts/write_docs.py

# make which FILE=P012:3fa9c1e2 prints the path behind a file's hash, on the terminal only.
which: env
	@$(BIN)/python scripts/which_file.py $(FILE)

# make rois PATIENT=P001 READER=R1 OUT=../rois writes a reader's measured regions as .mrk.json and DICOM SR.
rois: env
	@$(BIN)/python scripts/export_rois.py --patient "$(PATIENT)" --reader "$(READER)" --out "$(OUT)"

# Fails when an unforeseen fault kept a patient from being measured or an analysis from being fitted.
check-status: env
	@$(BIN)/python scripts/check_status.py

# Pins every package anew; needs uv. The conda file is made from the lock.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links envs/requirements.in --output-file envs/requirements.txt
	$(PYTHON) scripts/write_conda_file.py

clean:
	rm -rf results sample .snakemake
