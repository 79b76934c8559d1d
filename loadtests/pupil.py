"""A pupil convened at nine.  Alone:  locust -f loadtests/pupil.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Pupil(Person):
    """Signs in, looks around, hands the homework in, stays for the lesson, signs out."""

    persona = "pupil"

    def journey(self) -> None:
        """What a pupil does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(1, 4)
        self.step("home")
        self.think(2, 8)
        self.step("messages")
        self.think(5, 15)
        self.step("hand in", text=self.text("Mon devoir de français"))
        self.stay()
        self.step("sign out")
