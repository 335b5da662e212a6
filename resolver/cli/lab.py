# SPDX-License-Identifier: ISC
"""`resolver lab …`: commands to a simulated internet, in a process of its own (`lab up`) or in `serve --lab`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from resolver.cli.control_client import ControlClient
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.groups import OrderedGroup
from resolver.cli.output import duration, format_option, paint, print_json, print_views, table, wants_json
from resolver.cli.target import control_socket, runtime_directory
from resolver.cli.words import spell_name, spell_type

F = TypeVar("F", bound=Callable[..., Any])
_START_TIMEOUT: Final = 15.0  # seconds for a detached lab to come up


def _lab_socket() -> Path:
    return runtime_directory() / "lab.sock"


def _options(command: F) -> F:
    command = format_option()(command)
    command = click.option("--config", metavar="FILE", help="Configuration of the `serve --lab` that runs.")(
        command
    )
    return click.option("--socket", "socket_path", metavar="PATH", help="Control socket of the lab.")(command)


def _ask(
    socket_path: str | None, config: str | None, method: str, path: str, **body: object
) -> dict[str, Any]:
    """Ask the lab at `socket_path`; without one, `lab up`'s, else the one in the running resolver."""
    places = [Path(socket_path)] if socket_path else [_lab_socket(), control_socket(config)]
    for place in places:
        client = ControlClient(place)
        try:
            return client.get(path) if method == "GET" else client.post(path, **body)
        except CommandFailed as error:
            if (
                error.code is not Exit.NOT_RUNNING
                and "HTTP 404" not in str(error)
                and "Not Found" not in str(error)
            ):
                raise
    raise CommandFailed(
        "no lab runs - start one with 'resolver lab up' or 'resolver serve --lab', or give --socket",
        Exit.NOT_RUNNING,
    )


@click.group(cls=OrderedGroup)
def lab() -> None:
    r"""The simulated internet: start it, look at it, break it, change it.

    \b
    resolver lab up --detach
    resolver lab outage a.registry.net0.
    resolver lab set www.hosting.net0. A 60 198.18.0.99
    """


@lab.command()
@click.argument("internet", default="default")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=5399,
    show_default=True,
    metavar="N",
    help="Port of all servers; default 5399.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Seed of jitter and loss.",
)
@click.option("--socket", "socket_path", metavar="PATH", help="Control socket to open.")
@click.option("-d", "--detach", is_flag=True, help="Run in the background.")
def up(internet: str, port: int, seed: int, socket_path: str | None, detach: bool) -> None:
    r"""Start an internet on 127.53.0.0/16: default, tiny, or the path of a TOML file.

    \b
    resolver lab up tiny --port 5353
    """
    where = Path(socket_path) if socket_path else _lab_socket()
    if detach:
        _detach(internet, port, seed, where)
        return
    from resolver.cli.lab_up import run_lab
    from resolver.lab.settings import LabSettings

    run_lab(LabSettings(internet=internet, port=port, seed=seed), where, click.echo)


def _detach(internet: str, port: int, seed: int, where: Path) -> None:
    command = [sys.executable, "-m", "resolver", "lab", "up", internet]
    command += ["--port", str(port), "--seed", str(seed), "--socket", str(where)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    client = ControlClient(where, timeout=2.0)
    until = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < until:
        if process.poll() is not None:
            assert process.stderr is not None  # a pipe was asked for
            text = process.stderr.read().decode(errors="replace").strip().splitlines()
            raise CommandFailed((text[-1] if text else "the lab ended at once").removeprefix("error: "))
        try:
            client.get("/api/v1/ping")
        except CommandFailed:
            time.sleep(0.05)
            continue
        click.echo(f"lab {internet} is up on 127.53.0.0/16 port {port}; stop it with 'resolver lab down'")
        return
    raise CommandFailed("the lab did not come up in time - run it without --detach to see why")


@lab.command()
@click.option("--socket", "socket_path", metavar="PATH", help="Control socket of the lab.")
def down(socket_path: str | None) -> None:
    r"""Stop the internet that `lab up` started.

    \b
    resolver lab down
    """
    where = Path(socket_path) if socket_path else _lab_socket()
    try:
        ControlClient(where).post("/api/v1/stop")
    except CommandFailed as error:
        if error.code is Exit.NOT_RUNNING:
            raise CommandFailed(
                "no 'lab up' runs - a lab inside 'serve --lab' ends with 'resolver stop'", Exit.NOT_RUNNING
            ) from None
        raise
    click.echo("lab stopped")


@lab.command()
@_options
def status(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show the servers: addresses, latency, loss, outages, queries so far.

    \b
    resolver lab status --format json
    """
    reply = _ask(socket_path, config, "GET", "/api/v1/lab/status")
    if wants_json(style):
        print_json(reply, style)
        return
    click.echo(f"{reply['about']}\n{reply['zones']} zones, {len(reply['servers'])} servers\n")
    click.echo(
        table(
            [("SERVER", "ADDRESSES", "LATENCY", "LOSS", "QUERIES", "STATE"), *map(_server, reply["servers"])]
        )
    )


def _server(server: dict[str, Any]) -> tuple[str, ...]:
    state = [*(["outage"] if server["outage"] else []), *server["behaviours"]]
    return (
        server["name"],
        ",".join(server["addresses"]),
        duration(server["latency_ms"] / 1000),
        f"{server['loss_pct']:g}%",
        str(server["queries"]),
        paint(" ".join(state), fg="yellow") if state else "ok",
    )


@lab.command()
@_options
def zones(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show the zones: serial, size, servers.

    \b
    resolver lab zones | grep signed
    """
    reply = _ask(socket_path, config, "GET", "/api/v1/lab/zones")
    if wants_json(style):
        print_views(reply, "zones", style)
        return
    rows = [
        (
            z["name"],
            str(z["serial"]),
            str(z["records"]),
            "signed" if z["signed"] else "",
            ",".join(z["servers"]),
        )
        for z in reply["zones"]
    ]
    click.echo(table([("ZONE", "SERIAL", "RECORDS", "", "SERVERS"), *rows]))


@lab.command()
@click.argument("server")
@click.option("--end", is_flag=True, help="Let it speak again.")
@_options
def outage(server: str, end: bool, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Silence SERVER (a name or an address).

    \b
    resolver lab outage ns1.hosting.net0.
    resolver lab outage ns1.hosting.net0. --end
    """
    reply = _ask(socket_path, config, "POST", "/api/v1/lab/outage", server=server, on=not end)
    _said(reply, style, f"{reply['name']}: {'silent' if reply['outage'] else 'answers'}")


@lab.command()
@click.argument("server")
@click.argument("ms", type=float)
@_options
def latency(server: str, ms: float, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Set the round trip time of SERVER, in milliseconds.

    \b
    resolver lab latency ns1.hosting.net0. 400
    """
    reply = _ask(socket_path, config, "POST", "/api/v1/lab/latency", server=server, ms=ms)
    _said(reply, style, f"{reply['name']}: latency {reply['latency_ms']:g} ms")


@lab.command()
@click.argument("server")
@click.argument("pct", type=float)
@_options
def loss(server: str, pct: float, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Lose PCT percent of the exchanges with SERVER.

    \b
    resolver lab loss ns1.hosting.net0. 30
    """
    reply = _ask(socket_path, config, "POST", "/api/v1/lab/loss", server=server, pct=pct)
    _said(reply, style, f"{reply['name']}: loss {reply['loss_pct']:g}%")


@lab.command("set")
@click.argument("name")
@click.argument("rtype", metavar="TYPE")
@click.argument("words", nargs=-1, metavar="TTL DATA…")
@click.option("--remove", is_flag=True, help="Remove the records of NAME and TYPE.")
@_options
def set_records(
    name: str,
    rtype: str,
    words: tuple[str, ...],
    remove: bool,
    socket_path: str | None,
    config: str | None,
    style: str,
) -> None:
    r"""Put records in place of those of NAME and TYPE, on all servers of the zone.

    \b
    resolver lab set www.hosting.net0. A 60 198.18.0.99 198.18.0.98
    resolver lab set hosting.net0. MX 300 "10 mail.hosting.net0."
    resolver lab set www.hosting.net0. A --remove
    """
    if remove and words:
        raise CommandFailed("--remove takes no TTL and no DATA - see 'resolver lab set --help'", Exit.USAGE)
    if not remove and (len(words) < 2 or not words[0].isdecimal()):
        raise CommandFailed("give a TTL in seconds, then DATA - see 'resolver lab set --help'", Exit.USAGE)
    ttl, rdata = (0, []) if remove else (int(words[0]), list(words[1:]))
    body = {"name": spell_name(name), "type": spell_type(rtype), "ttl": ttl, "rdata": rdata}
    reply = _ask(socket_path, config, "POST", "/api/v1/lab/set", **body)
    count = reply["records"]
    what = "removed" if remove else f"{count} record{'' if count == 1 else 's'}"
    _said(
        reply,
        style,
        f"{reply['name']} {reply['type']}: {what}; zone {reply['zone']} serial {reply['serial']}",
    )


def _said(reply: dict[str, Any], style: str, text: str) -> None:
    if wants_json(style):
        print_json(reply, style)
    else:
        click.echo(text)
