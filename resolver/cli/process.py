# SPDX-License-Identifier: ISC
"""Commands to the running process: status, stats, reload, stop, ping, healthcheck. They only ask and print."""

from __future__ import annotations

import time
from typing import Final

import click

from resolver.cli.control_client import ControlClient, client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import Duration, spell_duration
from resolver.cli.output import format_option, pairs, print_json, wants_json
from resolver.cli.target import dns_server, split_address

_POLL: Final = 0.05  # seconds between two looks whether the process has ended


def _show(what: dict[str, object], style: str) -> None:
    if wants_json(style):
        print_json(what, style)
    else:
        click.echo(pairs(what))


@click.command()
@socket_options
@format_option()
def status(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show what runs: version, uptime, listeners, readiness.

    \b
    resolver status --format json
    """
    reply = client(socket_path, config).get("/api/v1/status")
    if "uptime" in reply and not wants_json(style):
        reply["uptime"] = spell_duration(reply["uptime"])
    _show(reply, style)


@click.command()
@socket_options
@format_option()
def stats(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show what was counted since the start.

    \b
    resolver stats --format json
    """
    _show(client(socket_path, config).get("/api/v1/stats"), style)


@click.command()
@socket_options
def reload(socket_path: str | None, config: str | None) -> None:
    r"""Read the configuration again; the cache stays. A bad file is reported and the old one stays.

    \b
    resolver reload
    """
    reply = client(socket_path, config).post("/api/v1/reload")
    applied = ", ".join(reply.get("applied", []))
    click.echo(f"reloaded: {applied or 'no key has changed; files that keys name were read again'}")
    for key in reply.get("needs_restart", []):
        click.echo(f"needs a restart: {key}")


@click.command()
@click.option("--wait/--no-wait", default=True, help="Wait until it has ended.")
@click.option(
    "--timeout", type=Duration(), default=10.0, metavar="DURATION", help="The longest wait; default 10s."
)
@socket_options
def stop(wait: bool, timeout: float, socket_path: str | None, config: str | None) -> None:
    r"""Stop the resolver: it answers who waits, then ends.

    \b
    resolver stop
    """
    control = client(socket_path, config)
    control.post("/api/v1/stop")
    if wait and not _has_ended(control, timeout):
        raise CommandFailed(f"the resolver still runs after {timeout:g} s - look at its log")
    click.echo("stopped" if wait else "stopping")


def _has_ended(control: ControlClient, timeout: float) -> bool:
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        try:
            control.get("/api/v1/ping")
        except CommandFailed as error:
            if error.code is Exit.NOT_RUNNING:
                return True
        time.sleep(_POLL)
    return False


@click.command()
@socket_options
def ping(socket_path: str | None, config: str | None) -> None:
    r"""Is the resolver there? Exit code 0 or 3.

    \b
    resolver ping && echo up
    """
    began_at = time.monotonic()
    control = client(socket_path, config, timeout=5.0)
    control.get("/api/v1/ping")
    click.echo(f"pong from {control.path} in {(time.monotonic() - began_at) * 1000:.1f} ms")


@click.command()
@click.option(
    "--server", metavar="ADDR:PORT", help="Where it listens; default: the configured server.listen."
)
@click.option(
    "--timeout", type=Duration(0.1), default=2.0, metavar="DURATION", help="The longest wait; default 2s."
)
@click.option("--config", metavar="FILE", help="Configuration of the resolver that runs.")
def healthcheck(server: str | None, timeout: float, config: str | None) -> None:
    r"""Ask the resolver over DNS for a name that it answers itself; for container engines and scripts.

    Any well-formed response is health: it says nothing of the servers out there.

    \b
    HEALTHCHECK CMD ["resolver", "healthcheck"]
    """
    from resolver.cli.stub import Asked, ask
    from resolver.wire import Rtype, from_text
    from resolver.wire.codes import rcode_to_text

    where = split_address(server, 53) if server else dns_server(config)
    answered = ask(Asked(from_text("localhost."), int(Rtype.A), timeout=timeout, tries=1), where)
    click.echo(f"ok: {rcode_to_text(answered.message.rcode)} in {answered.seconds * 1000:.1f} ms")
