# SPDX-License-Identifier: ISC
"""`python -m resolver …` and the console script. Nothing else lives here."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from resolver.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
