"""A parent who reads messages only.  Alone:  locust -f loadtests/messenger.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Messenger(Person):
    """Signs in, reads messages three times, and leaves: nothing else is asked for."""

    persona = "messenger"
    role = "parent"

    def journey(self) -> None:
        """What a messenger does; think times in seconds of the scenario."""
        self.step("sign in")
        for _ in range(3):
            self.think(1, 2)
            self.step("messages")
        self.step("sign out")
