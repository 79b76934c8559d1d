"""A pupil who only looks at the home page.  Alone:  locust -f loadtests/browser.py --host http://127.0.0.1:PORT"""

from rentree.person import Person


class Browser(Person):
    """Signs in, and loads the home page again and again."""

    persona = "browser"
    role = "pupil"

    def journey(self) -> None:
        """What a browser does; think times in seconds of the scenario."""
        self.step("sign in")
        for _ in range(12):
            self.think(0.2, 0.5)
            self.step("home")
        self.step("sign out")
