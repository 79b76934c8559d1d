"""A parent.  Alone:  locust -f loadtests/parent.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Parent(Person):
    """Looks in whether there are messages, and leaves."""

    persona = "parent"

    def journey(self) -> None:
        """What a parent does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(2, 6)
        self.step("home")
        self.think(2, 6)
        self.step("messages")
        self.think(5, 10)
        self.step("sign out")
