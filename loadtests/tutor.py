"""A teacher who lets pupils in.  Alone:  locust -f loadtests/tutor.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Tutor(Person):
    """Opens the virtual class, and looks every two minutes who waits at its door."""

    persona = "tutor"
    role = "teacher"

    def journey(self) -> None:
        """What a tutor does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(5, 20)
        self.step("open class")
        for _ in range(10):
            self.think(90, 150)
            self.step("admit")
        self.stay()
        self.step("sign out")
