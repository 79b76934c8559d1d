"""A teacher of a virtual class.  Alone:  locust -f loadtests/lecturer.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Lecturer(Person):
    """Opens the virtual class, and lets pupils in as they come."""

    persona = "lecturer"
    role = "teacher"

    def journey(self) -> None:
        """What a teacher does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(0.5, 1)
        self.step("open class")
        for _ in range(10):
            self.think(1, 1)
            self.step("admit")
        self.stay()
        self.step("sign out")
