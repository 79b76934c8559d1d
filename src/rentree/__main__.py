"""`python -m rentree`: the same as the command `rentree`."""

from rentree.cli import main

main()
