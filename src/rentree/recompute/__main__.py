"""`python -m rentree.recompute FOLDER`: the same by this release's own copy, not the evidence's."""

import sys

from .compare import main

sys.exit(main(sys.argv[1:]))
