# SPDX-License-Identifier: ISC
"""Prints the metrics reference: `python -m resolver.telemetry.reference > docs/metrics.md`. Nothing else."""

import sys

from resolver.telemetry.catalogue import reference_page

if __name__ == "__main__":
    sys.stdout.write(reference_page())
