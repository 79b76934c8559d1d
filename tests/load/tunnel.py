"""This end of a tunnel, such as SSH makes, which can be cut and be slow."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress


class Tunnel:
    """Carries connections to a port of this machine."""

    def __init__(self, to: int) -> None:
        self.ends: list[socket.socket] = []
        self.carried = 0  # bytes
        self.delay = 0.0  # s, each way
        self._to = to
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset every connection; new ones are carried again."""
        ends, self.ends = self.ends, []
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Carry nothing more."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                self.ends.append(near)
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:  # the run is over
                    near.shutdown(socket.SHUT_RDWR)
                    continue
                self.ends.append(far)
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                time.sleep(self.delay)
                other.sendall(data)
                self.carried += len(data)
            other.shutdown(socket.SHUT_WR)
