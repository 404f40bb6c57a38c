#!/bin/sh
# Makes or updates a virtual environment from requirements.lock.
#   tools/make_venv.sh .venv      PYTHON=... names the Python to use
set -eu
venv=$1
candidates=${PYTHON:-python3 python3.13 python3.12 python3.11 python}

suits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
    >/dev/null 2>&1
}

# A half-made environment has a Python but no pip.
if ! suits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null; then
  found=
  for python in $candidates; do
    if suits "$python"; then found=$python && break; fi
  done
  if [ -z "$found" ]; then
    echo "No Python 3.11, 3.12 or 3.13 was found (tried: $candidates)." \
      "Install one from https://www.python.org/downloads/," \
      "or name yours: make lab PYTHON=/path/to/python3.12" >&2
    exit 1
  fi
  echo "Making $venv with $("$found" --version). It downloads about 0.8 GB, once."
  if ! "$found" -m venv --clear "$venv"; then
    echo "$found could not make $venv. On Debian and Ubuntu, install its venv" \
      "package first: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi

pip="$venv/bin/python -m pip --disable-pip-version-check install"
if ! $pip -r requirements.lock || ! $pip --quiet --no-deps --no-build-isolation -e .
then
  echo "The packages could not be installed; the lines above say why." \
    "Mend that and give the same command again: it goes on in $venv." >&2
  exit 1
fi
