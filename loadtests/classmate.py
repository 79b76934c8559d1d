"""A pupil of a virtual class.  Alone:  locust -f loadtests/classmate.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Classmate(Person):
    """Signs in, joins the virtual class, stays for the lesson, signs out."""

    persona = "classmate"
    role = "pupil"

    def journey(self) -> None:
        """What a pupil does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(1, 2)
        self.step("join class")
        self.stay()
        self.step("sign out")
