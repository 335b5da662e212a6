# SPDX-License-Identifier: ISC
"""Several processes that answer at the same addresses, and one that keeps them: `server.workers` above 1.

    terminal, systemd ──signals──┐                 ┌─► worker 1: Answerer, its own sockets (SO_REUSEPORT) and caches
    control socket, HTTP ────────┼─► supervising ──┼─► worker 2
    lab (there is one) ──────────┘   fleet, posts  └─► …           a spare that waits for a post to fall empty

    supervising ─► operations ─► fleet ─► post ─► link ══ channel (JSON) ══ worker ─► Answerer
    division: what each may hold     restarts: how long to wait     messages: what is said

The supervisor answers no DNS. With one worker none of this runs: `app` has the one process do both.
"""

from resolver.supervisor.supervising import supervise

__all__ = ["supervise"]
