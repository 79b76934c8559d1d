"""What a class finds in its portal: made-up messages and assignments, the same on every run."""

from __future__ import annotations

from typing import NamedTuple

from rentree.sandbox.accounts import Person

ROLE_WORDS = {
    "pupil": "Élève",
    "teacher": "Enseignant·e",
    "parent": "Parent d’élève",
    "staff": "Personnel",
}


class Message(NamedTuple):
    """One message of the portal."""

    subject: str
    sender: str
    text: str


def messages_for(person: Person) -> list[Message]:
    """A few messages for the class of a person."""
    whom = f"la classe de {person.class_name}" if person.class_name else "l’établissement"
    return [
        Message(
            "Cours à distance de 9 heures",
            "Mme Delorme, professeure principale",
            f"Rendez-vous sur le portail à 9 heures pour {whom}. Ouvrez la page des devoirs.",
        ),
        Message(
            "Emploi du temps de la semaine",
            "Vie scolaire",
            f"L’emploi du temps de {whom} reste le même : les cours ont lieu à distance.",
        ),
        Message(
            "Prêt d’ordinateurs",
            "Secrétariat",
            "Les familles qui n’ont pas d’ordinateur peuvent en emprunter un à l’accueil.",
        ),
    ]


def assigned_to(person: Person) -> list[str]:
    """What the class of a person has to hand in."""
    if not person.class_name:
        return ["Aucun devoir : ce compte n’a pas de classe."]
    return [
        "Français : racontez votre première journée de cours à distance, en dix lignes.",
        "Mathématiques : exercices 12 à 15, page 84.",
    ]
