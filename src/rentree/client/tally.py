"""What one attempt cost so far, whether it ends well or not."""

from __future__ import annotations


class Tally:
    """Counted by the client from `begin` on; times are µs of the run's clock."""

    __slots__ = (
        "address", "bytes", "done", "first_byte", "hops", "retry_after", "sent", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sent: int | None = None  # the first request set out (its name asked, or connected)
        self.first_byte: int | None = None  # of the first answer
        self.done: int | None = None  # set by the caller
        self.status: int | None = None  # of the last answer
        self.bytes = 0  # received, headers and bodies of all hops, as on the wire inside TLS
        # Method, path without query (a query may bear a ticket), status (0: no whole answer), µs.
        self.hops: list[tuple[str, str, int, int]] = []
        self.address = ""  # the local address last used
        self.retry_after: str | None = None  # the header of the last answer, if it had one
