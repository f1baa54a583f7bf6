"""Reads model files, each in a process of its own with little memory, and says what came of it and what it took.

python in_a_child.py HINTS FILE...      HINTS in JSON; prints a JSON object for each file
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

# All that Python, NumPy and the program take themselves, and 200 MB more.
MORE_BYTES = 200 * 1024**2
CPU_S = 20


def main() -> None:
    from rnnviz.interop.import_model import import_model

    hints = json.loads(sys.argv[1])
    import_model(
        sys.argv[2], **hints
    )  # the first file is a good one: all modules are there before the rest is measured
    for path in sys.argv[2:]:
        read, write = os.pipe()
        if (child := os.fork()) == 0:
            os.close(read)
            _limit()
            os.write(write, json.dumps(_read(path, hints)).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        print(said or json.dumps({"file": path, "outcome": f"ended by {status}", "says": ""}), flush=True)


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MORE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def _read(path: str, hints: dict[str, str]) -> dict[str, object]:
    from rnnviz.interop.import_model import import_model
    from rnnviz.scenario.errors import ScenarioError

    before, begin = _peak(), time.process_time()
    try:
        scenario = import_model(path, **hints)
        outcome, says = "read", " ".join(scenario.imported.notes if scenario.imported else ())
    except ScenarioError as error:
        outcome, says = type(error).__name__, str(error)
    except BaseException as error:
        outcome, says = f"escaped: {type(error).__name__}", str(error)
    took = {"seconds": round(time.process_time() - begin, 4), "bytes": _peak() - before}
    return {"file": path, "outcome": outcome, "says": says, **took}


def _peak() -> int:
    """Of this process, or of the largest one that it has started, such as the one that reads HDF5."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024


if __name__ == "__main__":
    main()
