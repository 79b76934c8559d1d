"""Adapters written in YAML: `model` says what may stand there, `reading` does it for a person."""

from rentree.adapter.model import Adapter, load_adapter
from rentree.adapter.reading import adapter_class

__all__ = ["Adapter", "adapter_class", "load_adapter"]
