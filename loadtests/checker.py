"""Somebody who tries what must be refused.  Alone:  locust -f loadtests/checker.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Checker(Person):
    """Shows tickets that are not good any more; each step is ok when it is refused."""

    persona = "checker"
    role = "pupil"

    def journey(self) -> None:
        """What a checker does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(0.2, 1)
        self.step("ticket again")
        self.think(0.2, 1)
        self.step("ticket after sign out")
        self.step("sign out")
