"""A pupil who comes back.  Alone:  locust -f loadtests/idler.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Idler(Person):
    """Signs in, comes back soon, and comes back late: 30 s and 8 min of the scenario later."""

    persona = "idler"
    role = "pupil"

    def journey(self) -> None:
        """What an idler does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(55, 65)
        self.step("home")
        self.think(470, 490)
        self.step("messages")
        self.step("sign out")
