# SPDX-License-Identifier: ISC
"""Opens the control socket: private to its owner, never taken from a live process. No protocol here.

Who can connect may flush the cache and stop the resolver, so the file is mode 0600 in a directory of our own.
"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Final

from resolver.errors import ResolverError

_PATH_BYTES_MAX: Final = 107  # sun_path of Linux is 108 octets with its final NUL (unix(7))


class ControlError(ResolverError):
    """The control socket or the HTTP listener cannot be opened. The text says what and what to do."""


def open_socket(path: Path) -> socket.socket:
    """Bind and return a listening Unix socket at `path`, mode 0600.

    A stale file of a dead process is replaced. Raises ControlError when a live process holds it, when the
    directory belongs to somebody else, and when the system refuses.
    """
    if len(os.fsencode(path)) > _PATH_BYTES_MAX:
        raise ControlError(f"control socket path {path} is too long - set control.socket to a shorter path")
    try:
        _make_directory(path.parent)
        _remove_stale(path)
        return _bind(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise ControlError(
            f"control socket {path}: {why} - set control.socket to a path you may write"
        ) from None


def _make_directory(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if stat.S_ISLNK(status.st_mode):
        status = directory.stat()
    ours = status.st_uid in (os.geteuid(), 0)
    # In a shared directory anybody could put their socket in our place, unless it is sticky like /tmp.
    if not ours or (status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX):
        raise ControlError(
            f"directory {directory} can be written by others - set control.socket to a private path"
        )


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlError(f"{path} exists and is not a socket - move it away or set control.socket")
    if is_alive(path):
        raise ControlError(
            f"control socket {path} belongs to a running resolver - stop it (resolver stop) or set control.socket"
        )
    path.unlink(missing_ok=True)


def is_alive(path: Path) -> bool:
    """Whether a process listens on the socket at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # a full backlog, or not ours to ask: leave it alone
        return True


def _bind(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the file is born private: no moment at which others may connect
    try:
        listener.bind(os.fspath(path))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    listener.settimeout(0)
    return listener
