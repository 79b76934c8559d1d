"""Tries the nine o'clock login of whole school regions beforehand; says whether it held."""

from importlib.metadata import version

__version__ = version("rentree")
__all__ = ["__version__"]
