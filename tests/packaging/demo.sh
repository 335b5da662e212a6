#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Start and stop the demonstration: `demo.sh start|stop RESOLVER FOLDER`. Nothing here needs root or a network.
# It takes the default control socket, so that the commands find it; a resolver that is not ours is left alone.
set -euo pipefail

action=$1 resolver=$2 demo=$3

running() { [[ -s $demo/pid && $("$resolver" status 2>/dev/null | sed -n 's/^pid *//p') == $(<"$demo/pid") ]]; }

alive() { kill -0 "$(<"$demo/pid")" 2>/dev/null; }

start() {
    mkdir -p "$demo"
    if running; then
        echo "The demo is running already (its log: $demo/log)."
    else
        nohup "$resolver" serve --lab >"$demo/log" 2>&1 </dev/null &
        echo $! >"$demo/pid"
        wait_until_healthy
    fi
    show
}

wait_until_healthy() {
    for _ in $(seq 100); do
        running && "$resolver" healthcheck >/dev/null 2>&1 && return
        alive || break
        sleep 0.1
    done
    echo "error: the demo did not come up - its log, $demo/log, ends with:" >&2
    tail -n 5 "$demo/log" >&2
    exit 1
}

show() {
    local name
    for name in "www.argus.media0" "nowhere.rhine.com0"; do
        echo "\$ $resolver query $name"
        "$resolver" query "$name" || true
        echo
    done
    echo "A resolver is answering from a simulated internet:"
    "$resolver" status | grep -E '^(listen|http|control) '
    cat <<TEXT

Next, type:

    $resolver query www.argus.media0 AAAA +short
    $resolver trace www.oak.shop0
    $resolver cache show www.argus.media0
    $resolver lab status

The HTTP address has /metrics and /healthz. Stop it all with: make demo-stop
TEXT
}

stop() {
    if ! running; then
        echo "The demo is not running."
        return
    fi
    "$resolver" stop
    for _ in $(seq 100); do
        alive || break
        sleep 0.1
    done
    rm -f "$demo/pid"
}

"$action"
