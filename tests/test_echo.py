"""The echo, and the pings that time what lies between."""

from __future__ import annotations

import socket
import threading

from rentree.echo import CLOSE, Echo, ping, ping_many


def test_a_ping_comes_back() -> None:
    """A ping to an echo on this machine takes more than nothing and less than its deadline."""
    with Echo() as echo:
        took = ping(echo.address, 2.0)
    assert took is not None
    assert 0 < took < 2_000_000


def test_pings_keep_their_order_and_one_silence_does_not_hide_the_others() -> None:
    """A listener that never answers is None in its place; the others are timed."""
    with Echo() as echo, socket.create_server(("127.0.0.1", 0)) as silent:
        times = ping_many([echo.address, silent.getsockname()[:2], echo.address], 0.3)
    assert times[1] is None
    assert times[0] is not None
    assert times[2] is not None


def test_a_closed_echo_is_silence() -> None:
    """Where nobody listens any more, a ping is None, at once and without an error."""
    echo = Echo()
    echo.close()
    echo.close()
    assert ping(echo.address, 2.0) is None


def test_what_is_not_our_message_is_not_an_echo() -> None:
    """A server that answers something else does not count as a round trip."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(64)
                peer.sendall(b"HTTP/1.1 400 Bad")  # as long as a ping

        thread = threading.Thread(target=answer)
        thread.start()
        took = ping(server.getsockname()[:2], 2.0)
        thread.join(5)
    assert took is None


def test_an_echo_bounds_its_connections_and_goes_on() -> None:
    """Beyond 256 open connections new ones are dropped, and served again when others leave."""
    with Echo() as echo:
        held = [socket.create_connection(echo.address, 2) for _ in range(256)]
        for line in held:  # each is in, because it is answered
            line.sendall(b"x")
            assert line.recv(1) == b"x"
        assert ping(echo.address, 1.0) is None
        for line in held:
            line.close()
        assert any(ping(echo.address, 1.0) is not None for _ in range(20))


def test_an_echo_hangs_up_on_whoever_asks_for_it() -> None:
    """A close that comes from the other side can be timed; what was asked is not sent back."""
    with Echo() as echo, socket.create_connection(echo.address, 2) as line:
        line.sendall(b"hello")
        assert line.recv(64) == b"hello"
        line.sendall(CLOSE)
        assert line.recv(64) == b""
