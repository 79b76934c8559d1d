"""The judge, pure: an evidence folder in, a verdict out. `whole` is where reading begins."""

from rentree.judge.whole import judge

__all__ = ["judge"]
