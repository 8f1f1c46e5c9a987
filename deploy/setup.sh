#!/usr/bin/env bash
# Makes .venv with the locked packages and the project itself. Run by `make setup`; harmless to repeat.
set -euo pipefail
cd "$(dirname "$0")/.."

fits='import sys; raise SystemExit(not (3, 11) <= sys.version_info < (3, 13))'
can_make='import ensurepip, venv'

fail() {
  echo "$1" >&2
  exit 2
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install() {
  echo "installing $* with apt-get" >&2
  apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install "$@" >/dev/null || true
}

find_python() {
  for name in ${PYTHON:-python3.11 python3.12 python3}; do
    if command -v "$name" >/dev/null && "$name" -c "$fits" 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c "$fits" 2>/dev/null; then
  python="$(find_python)"
  if [ -z "$python" ] && may_install; then
    install python3.11 python3.11-venv
    python="$(find_python)"
  fi
  [ -n "$python" ] || fail "missing on this machine: Python 3.11 or 3.12. Install it, or name it: make setup PYTHON=/path/to/python3.11"

  version="$("$python" -c 'import sys; print(".".join(map(str, sys.version_info[:2])))')"
  if ! "$python" -c "$can_make" 2>/dev/null && may_install; then
    install "python$version-venv"
  fi
  "$python" -c "$can_make" 2>/dev/null \
    || fail "missing on this machine: Python's venv module. Install with: apt-get install python$version-venv"
  "$python" -m venv --clear .venv
fi

pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input)
"${pip[@]}" --require-hashes -r requirements.lock
# Everything the build needs is in the lock, so nothing unpinned is fetched for it.
"${pip[@]}" --no-deps --no-build-isolation --editable .
