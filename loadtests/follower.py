"""Two who come with one place.  Alone:  locust -f loadtests/follower.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Follower(Person):
    """Comes in through the queue, and then somebody else shows the same place; ok when refused."""

    persona = "follower"
    role = "pupil"

    def journey(self) -> None:
        """What a follower does; think times in seconds of the scenario."""
        self.step("sign in")
        self.think(0.2, 1)
        self.step("queue ticket shared")
        self.think(0.2, 1)
        self.step("sign out")
