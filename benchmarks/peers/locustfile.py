"""The same person in stock Locust. USER_CLASS: fast, http; shipped or new: a newcomer each time."""

import os

from locust import FastHttpUser, HttpUser, constant, task

HOME = b'data-page="home"'
WHICH = os.environ.get("USER_CLASS", "fast")


class Fast(FastHttpUser):
    """Its fast client, as shipped."""

    abstract = WHICH != "fast"
    wait_time = constant(0)

    @task
    def home(self) -> None:
        """The page, which must be the right one."""
        with self.client.get("/", catch_response=True) as answer:
            if HOME not in answer.content:
                answer.failure("another page")


class Http(HttpUser):
    """Its client of requests, as shipped."""

    abstract = WHICH != "http"
    wait_time = constant(0)

    @task
    def home(self) -> None:
        """The page, which must be the right one."""
        with self.client.get("/", catch_response=True) as answer:
            if HOME not in answer.content:
                answer.failure("another page")


class Newcomer(FastHttpUser):
    """A person who comes once: a new user, as Locust makes it, with a connection of its own.

    As shipped it verifies nothing, and reads the authorities all the same; `new` has it verify.
    """

    abstract = True
    insecure = WHICH == "shipped"


class New(FastHttpUser):
    """Makes newcomers, one after the other."""

    abstract = WHICH not in ("new", "shipped")
    wait_time = constant(0)

    @task
    def come(self) -> None:
        """One newcomer's page."""
        Newcomer.host = self.host
        Newcomer(self.environment).client.get("/")
