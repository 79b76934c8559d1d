"""A pupil who reads the messages.  Alone:  locust -f loadtests/reader.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Reader(Person):
    """Signs in, and looks again and again whether the teacher has posted something."""

    persona = "reader"
    role = "pupil"

    def journey(self) -> None:
        """What a reader does; think times in seconds of the scenario."""
        self.step("sign in")
        for _ in range(8):
            self.think(1, 2)
            self.step("messages")
        self.think(0.5, 1)
        self.step("sign out")
