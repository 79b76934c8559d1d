"""What went wrong in a person's attempt, in French: the samples hold the client's English words.

A pattern a line. What no pattern knows, an adapter's own words for one, stays as it is.
"""

from __future__ import annotations

import re

from rentree.i18n import Language

_DOING = {
    "while connecting": "à la connexion",
    "while sending the request": "pendant l’envoi",
    "before the answer": "avant la réponse",
    "in the headers of the answer": "dans l’en-tête de la réponse",
    "while reading the body": "pendant la lecture de la page",
    "in the handshake": "pendant la négociation",
}
_SAID: list[tuple[str, str]] = [
    (r"session lost", "session perdue"),
    (r"quota", "quota"),
    (r"HTTP (\d+) overloaded", r"HTTP \1, surcharge"),
    (r"HTTP (\d+)", r"HTTP \1"),
    (r"overloaded, asked to come back later", "surcharge, prié de revenir plus tard"),
    (r"still queued", "encore en file"),
    (r"no answer within ([\d.]+) s", "pas de réponse en \\1\u00a0s"),
    (r"the platform does not accept the password", "la plateforme refuse le mot de passe"),
    (r"asset (.+) did not come", "l’élément \\1 n’est pas venu"),
    (r"the page of an error \(HTTP (\d+)\)", r"page d’erreur (HTTP \1)"),
    (r"data of somebody else \((.+)\)", r"données d’autrui (\1)"),
    (r"no identity on the page \(unknown page\)", "aucune identité sur la page (page inconnue)"),
    (r"no identity on the page \((.+)\)", r"aucune identité sur la page (\1)"),
    (r"no identity in the answer.*", "aucune identité dans la réponse"),
    (r"no way to sign out on the page", "aucun moyen de se déconnecter sur la page"),
    (r"the homework read back is not the one handed in", "le devoir relu n’est pas celui remis"),
    (r"what was sent is not there when read back \((\d+)\)", r"ce qui a été envoyé manque à la relecture (\1)"),
    (r"not the page that shows (.+) \((\d+)\)", r"pas la page qui porte \1 (\2)"),
    (r"the right page as HTTP (\d+)", r"la bonne page, en HTTP \1"),
    (r"“unknown page” instead of “(.+)”", "page inconnue au lieu de «\u00a0\\1\u00a0»"),
    (r"“(.+)” instead of “(.+)”", "«\u00a0\\1\u00a0» au lieu de «\u00a0\\2\u00a0»"),
    (r"the page cannot be read: (.+)", "page illisible\u00a0: \\1"),
    (r"the answer is not JSON \((.+)\)", r"la réponse n’est pas du JSON (\1)"),
    (r"no form(?: with a field '(.+)')? on the page \((.+)\)", r"formulaire absent de la page (\2)"),
    (r"connection refused", "connexion refusée"),
    (r"connection closed (.+)", "connexion fermée {0}"),
    (r"connection reset (.+)", "connexion rompue {0}"),
    (r"the network gave up (.+)", "le réseau a renoncé {0}"),
    (r"TLS failed (.+): (.+)", "échec de TLS {0} (\\2)"),
    (r"host unreachable", "hôte inaccessible"),
    (r"name not found: (.+)", "nom introuvable\u00a0: \\1"),
    (r"too many redirects", "trop de redirections"),
    (r"certificate has expired", "certificat expiré"),
    (r"certificate (.+)", r"certificat refusé (\1)"),
    (r"the other side does not speak TLS", "l’autre côté ne parle pas TLS"),
    (r"malformed answer.*", "réponse malformée"),
    (r"malformed address (.+)", r"adresse malformée \1"),
    (r"not an http address: (.+)", "adresse qui n’est pas http\u00a0: \\1"),
    (r"answer whose gzip .+", "réponse compressée illisible"),
    (r"answer in an encoding that we did not ask for: (.+)", r"réponse dans un codage non demandé (\1)"),
    (r"answer larger than 8 MiB.*", "réponse de plus de 8\u00a0Mio"),
    (r"headers of more than 64 KiB", "en-tête de plus de 64\u00a0Kio"),
    (r"address of more than 64 KiB", "adresse de plus de 64\u00a0Kio"),
    (r"(?:redirect to|address of) a host that is not part of the target", "adresse hors de la cible"),
    (r"our machine has no descriptor or memory left", "notre machine n’a plus de descripteur ou de mémoire"),
    (r"our machine has no such address, or no port left", "notre machine n’a pas cette adresse, ou plus de port"),
    (r"the ceiling of the authorisation is reached", "plafond de l’autorisation atteint"),
    (r"the worker was lost while this was under way", "processus de charge perdu en cours de route"),
]  # fmt: skip
_KNOWN = [(re.compile(pattern, re.S), french) for pattern, french in _SAID]


def said(why: str, language: Language) -> str:
    """The words of a failure in a language; unknown ones as they are."""
    if language == "en":
        return why
    for pattern, french in _KNOWN:
        if found := pattern.fullmatch(why):
            text = found.expand(french)
            return text.format(_DOING.get(found[1], found[1])) if "{0}" in text else text
    return why
