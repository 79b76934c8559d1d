"""A teacher of a convened class.  Alone:  locust -f loadtests/teacher.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Teacher(Person):
    """Is there before the class, reads messages, then what the class has handed in."""

    persona = "teacher"

    def journey(self) -> None:
        """What a teacher does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(1, 3)
        self.step("home")
        self.think(3, 8)
        self.step("messages")
        self.think(5, 15)
        self.step("read homework")
        self.stay()
        self.step("sign out")
