#!/bin/sh
# Makes a virtual environment from requirements.lock, or mends it; does nothing, and
# says nothing, where all is in order.
#   tools/make_venv.sh .venv      PYTHON=... names the Python to use
set -eu
venv=$1
candidates=${PYTHON:-python3 python3.13 python3.12 python3.11 python}

suits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
    >/dev/null 2>&1
}

# Whether it runs, and is the Python of this environment, not one behind it.
is_whole() {
  suits "$venv/bin/python" && "$venv/bin/python" -c 'import pathlib, pip, sys
sys.exit(not pathlib.Path(sys.prefix).samefile(sys.argv[1]))' "$venv" 2>/dev/null
}

in_order() {
  "$venv/bin/python" -I tools/venv_state.py
}

quiet=--quiet
if is_whole; then
  if in_order 2>/dev/null; then exit; fi
  echo "Bringing $venv up to date."
else
  quiet= found=
  for python in $candidates; do
    if suits "$python"; then found=$python && break; fi
  done
  if [ -z "$found" ]; then
    echo "No Python 3.11, 3.12 or 3.13 was found (tried: $candidates)." \
      "Install one from https://www.python.org/downloads/," \
      "or name yours: make lab PYTHON=/path/to/python3.12" >&2
    exit 1
  fi
  if ! mkdir -p "$venv" || [ ! -w "$venv" ]; then
    echo "$venv cannot be written to. Put the course in a folder of yours." >&2
    exit 1
  fi
  echo "Making $venv with $("$found" --version). It downloads about 0.8 GB, once," \
    "and takes 2.6 GB."
  if ! "$found" -m venv --clear "$venv"; then
    echo "$found could not make $venv. On Debian and Ubuntu, install its venv" \
      "package first: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi

# A folder that was moved or copied still has the package of its old place.
pip() {
  "$venv/bin/python" -m pip --disable-pip-version-check install "$@"
}
if ! pip $quiet -r requirements.lock ||
  ! pip --quiet --no-deps --no-build-isolation -e . || ! in_order
then
  echo "The packages could not be installed; the lines above say why." \
    "Mend that and give the same command again: it goes on in $venv." >&2
  exit 1
fi
