#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Start and stop the demonstration: `demo.sh start|stop RESOLVER FOLDER`. Nothing here needs root or a network.
set -euo pipefail

action=$1 resolver=$2 demo=$3
socket=$demo/control.sock
export RESOLVER_CONTROL__SOCKET=$PWD/$socket

running() { [[ -S $socket ]] && "$resolver" ping >/dev/null 2>&1; }

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
        kill -0 "$(cat "$demo/pid")" 2>/dev/null || break
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
    cat <<TEXT
A resolver is answering from a simulated internet, on 127.0.0.1 port 5300 (UDP and TCP). Next, type:

    export RESOLVER_CONTROL__SOCKET=$RESOLVER_CONTROL__SOCKET
    $resolver query www.argus.media0 AAAA +short
    $resolver trace www.oak.shop0
    $resolver cache show www.argus.media0
    $resolver lab status
    dig @127.0.0.1 -p 5300 www.rhine.com0

Metrics and health: http://127.0.0.1:5380/metrics and /healthz. Stop it with: make demo-stop
TEXT
}

stop() {
    if running; then
        "$resolver" stop
    else
        echo "The demo is not running."
    fi
}

"$action"
