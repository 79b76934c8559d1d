"""A teacher who posts to the class.  Alone:  locust -f loadtests/poster.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Poster(Person):
    """Posts a few messages to the class, one after another."""

    persona = "poster"
    role = "teacher"

    def journey(self) -> None:
        """What a poster does; think times in seconds of the scenario."""
        self.step("sign in")
        for _ in range(4):
            self.think(2, 3)
            self.step("post", text=self.text("Ouvrez le manuel à la page 12"))
        self.think(1, 2)
        self.step("sign out")
