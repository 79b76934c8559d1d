"""A pupil who only looks in.  Alone:  locust -f loadtests/visitor.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Visitor(Person):
    """Signs in, looks at the home page and the messages, and leaves at once."""

    persona = "visitor"
    role = "pupil"

    def journey(self) -> None:
        """What a visitor does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(0.5, 1)
        self.step("home")
        self.think(0.5, 1)
        self.step("messages")
        self.think(0.5, 1)
        self.step("sign out")
