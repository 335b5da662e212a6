# SPDX-License-Identifier: ISC
"""The fault-world tool and the acceptance matrix: one test a row of attacks and faults, its number in its name.

world       zone -> behaviour(asked) -> packets | silence | close | half message | drip, and the log of all asked
modes_*     the same world under the virtual clock (scenario), on loopback sockets (live), through others (compare)
assertions  what a row measured against what the matrix allows
matrix      the rows; `python -m tests.faults.matrix` runs all and prints number, ours, best peer, pass or not
"""
