# `make lab` and `make test` are all a newcomer needs. `make help` lists the rest.

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
LAB_ROOT := .
LAB_FLAGS :=
PYTEST := $(PY) -m pytest

.NOTPARALLEL:
.PHONY: help lab test lint unit lessons browser notebooks benchmark evidence features \
	lock address

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

lab: $(READY)  ## open JupyterLab on the first lesson
	$(PY) -m jupyterlab --config=tools/jupyter/jupyter_lab_config.py \
	  --ServerApp.root_dir="$(LAB_ROOT)" $(LAB_FLAGS) \
	  "$(LAB_ROOT)/notebooks/00_start_here.ipynb"

test: lint unit lessons browser  ## run every check

lint: $(READY)  ## check the style of code and notebooks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

unit: $(READY)  ## test the package
	$(PYTEST) -m "not browser"

lessons: $(READY)  ## run every notebook from top to bottom
	$(PYTEST) --nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks

browser: $(READY)  ## run every lesson in JupyterLab, in Chromium
	$(PYTEST) -m browser tests/browser

notebooks: $(READY)  ## run every notebook and store its outputs
	$(PY) tools/run_notebooks.py $(BOOKS)

benchmark: $(READY)  ## measure what the README claims
	$(PY) benchmarks/time_to_quality.py
	$(PY) benchmarks/step_time.py

evidence: $(READY)  ## measure what the lessons claim, on three seeds
	$(PY) benchmarks/discriminators.py
	$(PY) benchmarks/turns.py
	$(PY) benchmarks/faults.py
	$(PY) benchmarks/measures.py
	$(PY) benchmarks/ring.py
	$(PY) benchmarks/stability.py
	$(PY) benchmarks/designs.py

features: $(READY)  ## train the networks that ship with the package again
	$(PY) tools/make_weights.py

lock: $(READY)  ## choose the newest versions and write requirements.lock
	$(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --annotation-style line --group dev \
	  --custom-compile-command "make lock" --output-file requirements.lock \
	  pyproject.toml

address: $(READY)  ## write the repository's address everywhere: URL=https://...
	$(PY) tools/set_address.py "$(URL)"

$(READY): requirements.lock pyproject.toml tools/make_venv.sh
	@PYTHON="$(PYTHON)" tools/make_venv.sh $(VENV)
	@touch $@
