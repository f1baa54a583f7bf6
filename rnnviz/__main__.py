"""`python -m rnnviz` and the command `rnnviz`."""

import os
import sys

# Small matrix products are most of the work here. OpenBLAS gives them to a pool of threads that collapses as soon as
# the cores are busy (a product then takes 12 ms in place of 0.2), and it reads this once, when NumPy is imported: so it
# is said here, before anything else is. Who has said otherwise is right. In scripts, `import rnnviz` leaves it alone.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rnnviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
