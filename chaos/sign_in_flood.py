"""A flood of sign-ins: wrong passwords for many accounts, as fast as was asked.

What credential stuffing looks like from outside, and what it must not do: lock pupils out. The
accounts are synthetic, and the passwords are no password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from rentree.errors import UsageError
from rentree.fault import Scene, Settings
from rentree.flood.injector import Floods, spec
from rentree.flood.spec import MOST_PER_SECOND, FloodSpec, Form
from rentree.plan import PlannedFault
from rentree.quantity import Count, Rate
from rentree.words import number

LEAST_PER_SECOND = 2.0  # posts/s
# The sandbox's own form; its token is a cookie that must be posted too.
_FORM = {"identifiant": "essai-{n}", "mot_de_passe": "faux-{n}", "jeton": "rentree"}
_COOKIES = "jeton=rentree"


class SignInFloodSettings(Settings):
    """What `fault: sign-in-flood` takes."""

    explains = (
        "the sign-in form posted with wrong passwords for many accounts, from one or several "
        "addresses, on time whatever the platform answers"
    )
    hits: ClassVar[tuple[str, ...]] = ("platform", "step")
    rate: Rate
    accounts: Count = 1_000
    addresses: Count = 1
    post_to: str = "/connexion"
    form: dict[str, str] = Field(default_factory=lambda: dict(_FORM))  # `{n}`: the account
    cookies: str = _COOKIES

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 1 <= self.accounts <= 1_000_000 or not 1 <= self.addresses <= 1000:
            raise ValueError("1 to 1 000 000 accounts, from 1 to 1000 addresses")
        if self.rate > MOST_PER_SECOND:
            raise ValueError(f"one sender posts {MOST_PER_SECOND} times a second at most")
        if not self.post_to.isascii() or not self.post_to.startswith("/") or " " in self.post_to:
            raise ValueError("`post_to` is a path, as in /connexion")
        return self

    def scaled(self, scale: float) -> Self:
        """It shrinks with the crowd. Raises UsageError when too little is left to be seen."""
        flood = self.model_copy(update={"rate": self.rate * scale})
        if flood.rate < LEAST_PER_SECOND:
            raise UsageError(
                f"a flood of {flood.rate:g} sign-ins/s cannot be seen in every second: "
                f"{LEAST_PER_SECOND:g} a second at least"
            )
        return flood

    def sends(self) -> float:
        """Posts a second."""
        return self.rate

    def told(self, language: str) -> str:
        """“1 000 identifications fausses par seconde, 500 comptes, depuis 1 adresse”."""
        rate, accounts, addresses = (
            number(value, language, 2) for value in (self.rate, self.accounts, self.addresses)
        )
        many = self.addresses > 1
        return {
            "fr": f"{rate} identifications fausses par seconde, {accounts} comptes, depuis "
            f"{addresses} adresse{'s' * many}",
            "en": f"{rate} wrong sign-ins a second, {accounts} accounts, from {addresses} "
            f"address{'es' * many}",
        }[language]


class Injector(Floods):
    """Floods of sign-ins."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"sign-in-flood": SignInFloodSettings}

    def specs(self, fault: PlannedFault, scene: Scene) -> list[FloodSpec]:
        """One sender."""
        settings = SignInFloodSettings.model_validate(fault.settings)
        form = Form(fields=settings.form, cookies=settings.cookies, accounts=settings.accounts)
        return [
            spec(
                fault, scene, addresses=settings.addresses, rate=settings.rate, form=form,
                path=settings.post_to,
            )
        ]  # fmt: skip
