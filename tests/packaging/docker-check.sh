#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The Dockerfile's steps without a container engine: build the wheels in one virtual environment, install them alone in
# another, then serve the laboratory from there, away from the checkout. `docker-check.sh PYTHON`.
set -euo pipefail

python=$(realpath -s "$1")
checkout=$PWD
work=$(mktemp -d)
server=
finish() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

step() { echo "== $*"; }

step "stage build: only what .dockerignore lets through"
mkdir "$work/src"
cp -r pyproject.toml README.md LICENSE resolver config "$work/src/"
find "$work/src" -name __pycache__ -type d -prune -exec rm -rf {} +
"$python" -m venv "$work/build"
(cd "$work/src" && "$work/build/bin/pip" wheel -q --wheel-dir "$work/wheels" .)
ls "$work/wheels" | grep '^resolver-'

step "stage run: the wheels alone, nothing fetched"
"$python" -m venv "$work/run"
"$work/run/bin/pip" install -q --no-index --find-links "$work/wheels" resolver
cd "$work" && "$work/run/bin/python" -c "import resolver; assert not resolver.__file__.startswith('$checkout/'), resolver.__file__"
resolver=$work/run/bin/resolver

step "the container's configuration is good"
"$resolver" config check "$checkout/config/deploy/container.toml"

step "serve the laboratory, healthcheck, query, stop"
export RESOLVER_CONTROL__SOCKET=$work/control.sock
listen=127.0.0.1:5333
"$resolver" serve --lab --listen "$listen" --http 127.0.0.1:5388 --set lab.port=5389 >"$work/log" 2>&1 &
server=$!
for _ in $(seq 100); do
    "$resolver" ping >/dev/null 2>&1 && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
"$resolver" healthcheck --server "$listen" || { tail -n 20 "$work/log" >&2; exit 1; }
"$resolver" query "${NAME:-www.argus.media0}" "@$listen"
"$resolver" stop
wait "$server"
server=
step "all steps passed"
