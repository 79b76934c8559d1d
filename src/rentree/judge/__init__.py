"""The judge, pure: an evidence folder in, a verdict out. `whole` is where reading begins."""

from rentree.judge.whole import findings_of, judge

__all__ = ["findings_of", "judge"]
