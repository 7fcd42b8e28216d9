"""New malformed inputs without end, until Ctrl-C; each fault is printed with what made it.

`python -m tests.malformed [SEED]` begins at a seed; the same seed makes the same inputs.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.judging.serving import started
from tests.malformed.kinds import kinds
from tests.malformed.options import some_of_each
from tests.malformed.test_files import attack as attack_file
from tests.malformed.test_options import attack as attack_option


def main() -> None:
    """Attack with every kind of file and every option in turn, a seed after the other."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    tried = faulty = 0
    with TemporaryDirectory() as scratch, started(Path(scratch), "") as server:
        for seed in itertools.count(first):
            for kind in kinds(server.url).values():
                with TemporaryDirectory() as folder:
                    case, faults = attack_file(kind, seed, Path(folder), server.url)
                tried, faulty = tried + 1, faulty + bool(faults)
                for fault in faults:
                    print(f"seed {seed}, {kind.name}, {case.what}: {fault}", flush=True)
            for call in some_of_each(seed, 1):
                with TemporaryDirectory() as folder:
                    faults = attack_option(call, Path(folder), server.url)
                tried, faulty = tried + 1, faulty + bool(faults)
                for fault in faults:
                    print(f"seed {seed}, {call.what}: {fault}", flush=True)
            print(f"seed {seed} done: {tried} inputs, {faulty} with faults", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
