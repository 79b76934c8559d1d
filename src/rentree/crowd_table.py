"""The crowd as the table of the evidence (people.parquet), made column by column."""

from __future__ import annotations

import polars as pl

from rentree.crowd import Crowd
from rentree.evidence import HOME, NEW_ACCOUNT, PEOPLE


def table(members: Crowd) -> pl.DataFrame:
    """A row a person, by arrival: the columns of `PEOPLE`, and those beside that say something."""
    schools = pl.Series(members.school[members.class_])
    groups, classes = pl.Series(members.group), pl.Series(members.class_)
    columns = {
        "index": pl.int_range(len(members), dtype=pl.Int64, eager=True),
        "number": pl.Series(members.number),
        "prefix": _words([group.prefix for group in members.groups], groups),
        "title": _words([f"{group.persona.capitalize()} " for group in members.groups], groups),
        "territory": _words([group.territory for group in members.groups], groups),
        "school": _words(members.schools, schools),
        "level": _words(members.levels, schools),
        "class": _words(members.classes, classes),
        "persona": _words([group.persona for group in members.groups], groups),
        "address": _words(members.addresses, schools),
        "convened": pl.Series(members.convened),
        "due": pl.Series(members.due),
        "control": pl.Series(members.control),
        "home": _words(members.homes, pl.Series(members.home)),
        "new_account": pl.Series(members.new_account),
    }
    person = pl.col("prefix") + pl.col("number").cast(pl.String).str.zfill(5)
    rows = pl.DataFrame(columns).with_columns(
        person=person,
        login=person.str.replace_all("/", ".", literal=True),
        name=pl.col("title") + pl.col("number").cast(pl.String),
    )
    if members.accounts is not None:
        logins, names = members.accounts
        rows = rows.with_columns(login=pl.Series(logins), name=pl.Series(names))
    beside = {**(HOME if any(members.homes) else {})}
    beside |= NEW_ACCOUNT if members.new_account.any() else {}
    schema = pl.Schema({**PEOPLE, **beside})
    return rows.select(schema.names()).cast(schema)


def _words(words: list[str], codes: pl.Series) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(codes)
