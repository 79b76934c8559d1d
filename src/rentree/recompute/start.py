"""`python raw/recompute.py FOLDER`: exit 0 when every figure is the one of verdict.json."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.dont_write_bytecode = True  # nothing is added to a sealed folder
    sys.path.append(str(Path(__file__).resolve().parent))  # where the folder `recompute` lies
    sys.exit(importlib.import_module("recompute.compare").main(sys.argv[1:]))
