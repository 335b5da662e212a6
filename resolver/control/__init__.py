# SPDX-License-Identifier: ISC
"""How an operator talks to a running resolver: HTTP/JSON over a Unix socket (all of it) and TCP (reading).

    resolver status ─► Unix socket, mode 0600 ─┐
                                               ├─► guard ─► api ─► Operations ─► caches, engine, telemetry
    Prometheus, browser ─► TCP, Host checked ──┘

No DNS is spoken here. A bad request is a 4xx with a JSON error, never a traceback.
"""
