"""A pupil of a notebook server, in place of the starter's, who has homework to hand in."""

from rentree.person import Person

REPLACES = "starter"


class Pupil(Person):
    """Signs in, looks at the files, stays, signs out."""

    persona = "pupil"

    def journey(self) -> None:
        """Think times in seconds."""
        self.step("sign in")
        self.think(0.5, 1.5)
        self.step("home")
        self.stay()
        self.step("sign out")
