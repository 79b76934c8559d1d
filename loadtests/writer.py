"""A pupil who writes long homework.  Alone:  locust -f loadtests/writer.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Writer(Person):
    """Signs in, hands in two long pieces of homework, and leaves."""

    persona = "writer"
    role = "pupil"

    def journey(self) -> None:
        """What a writer does; think times in seconds of the scenario."""
        self.step("sign in")
        for subject in ("Ma rédaction", "Mon exposé"):
            self.think(0.5, 2)
            self.step("hand in", text=self.text(subject) + " Il était une fois." * 80)
        self.think(0.5, 1)
        self.step("sign out")
