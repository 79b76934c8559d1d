"""A head of school.  Alone:  locust -f loadtests/staff.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Staff(Person):
    """Reads the messages, sees some minutes later how the morning goes, and leaves."""

    persona = "staff"

    def journey(self) -> None:
        """What a member of staff does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(5, 15)
        self.step("home")
        self.think(10, 30)
        self.step("messages")
        self.think(300, 600)
        self.step("home")
        self.think(10, 30)
        self.step("messages")
        self.think(60, 120)
        self.step("sign out")
