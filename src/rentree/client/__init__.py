"""A person's HTTP client: lean, honest timings, bounded, every failure an outcome."""

from rentree.client.client import Client
from rentree.client.failure import Elsewhere, Failure, UnreadableError
from rentree.client.form import Form
from rentree.client.page import Headers, Page
from rentree.client.tally import Tally
from rentree.client.tls import shared_context
from rentree.client.upload import File

__all__ = [
    "Client",
    "Elsewhere",
    "Failure",
    "File",
    "Form",
    "Headers",
    "Page",
    "Tally",
    "UnreadableError",
    "shared_context",
]
