# `make lab` and `make test` are all a newcomer needs. `make help` lists the rest.

VENV := .venv
PY := $(VENV)/bin/python
LAB_ROOT := .
LAB_FLAGS :=
PYTEST := $(PY) -m pytest
# Two at once, because much of a test is waiting for a process to start.
PAIRED := $(PYTEST) -n 2 --dist
# A cell may take as long as it needs: this only ends one that hangs.
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=1800
# The browser runs every lesson, without real pictures. These use them where they are.
REAL = $(shell grep -l 'fallback=' notebooks/*.ipynb)

.NOTPARALLEL:
.PHONY: help lab test lint unit lessons browser colab notebooks evidence tables benchmark \
	features lock address ready

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

lab: ready  ## open JupyterLab on your own copy of the first lesson
	@$(PY) tools/learner_copies.py "$(LAB_ROOT)/work"
	$(PY) -m jupyterlab --config=tools/jupyter/jupyter_lab_config.py \
	  --ServerApp.root_dir="$(LAB_ROOT)" $(LAB_FLAGS) \
	  "$(LAB_ROOT)/work/00_start_here.ipynb"

test: lint unit lessons browser colab  ## run every check

lint: ready  ## check the style of code and notebooks, and the shape of the package
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PYTEST) -q tests/test_shape.py

unit: ready  ## test the package
	$(PAIRED) worksteal -m "not browser and not colab"

lessons: ready  ## run the notebooks that use real pictures, with them
	$(PAIRED) loadscope $(NBVAL) $(REAL)

browser: ready  ## run every lesson in JupyterLab, in Chromium
	$(PAIRED) load -m browser tests/browser

colab: ready  ## run three lessons with the versions that Colab has
	@test -x $(VENV)-colab/bin/python || $(PY) -m venv $(VENV)-colab
	@$(VENV)-colab/bin/python -m pip -qq --disable-pip-version-check install \
	  -r tests/colab/requirements.txt
	$(PYTEST) -q -m colab tests/colab

notebooks: ready  ## run notebooks and store their outputs: BOOKS="notebooks/00_...", or all
	$(PY) tools/run_notebooks.py $(BOOKS)

evidence: ready  ## measure what lessons claim, on seeds 1-3: LESSONS="06 07", or all
	$(PY) tools/evidence.py $(LESSONS)

tables: ready  ## write the evidence into the lessons, and the references into their page
	$(PY) tools/evidence.py --write-tables
	$(PY) tools/references.py --write

benchmark: ready  ## measure what the README claims, where it is not measured yet
	$(PY) benchmarks/time_to_quality.py --race
	$(PY) benchmarks/time_to_quality.py --ablation
	$(PY) benchmarks/report.py

features: ready  ## train the networks that ship with the package again
	$(PY) tools/make_weights.py

lock: ready  ## choose the newest versions and write requirements.lock
	$(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --annotation-style line --group dev \
	  --custom-compile-command "make lock" --output-file requirements.lock \
	  pyproject.toml

address: ready  ## write the repository's address everywhere: URL=..., or git's remote
	$(PY) tools/set_address.py $(URL)

ready:
	@PYTHON="$(PYTHON)" tools/make_venv.sh $(VENV)
