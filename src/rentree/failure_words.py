"""What went wrong in a person's attempt, in French: the samples hold the client's English words.

A pattern a line; what a group holds is told in French in its turn. What no pattern knows, an
adapter's own words for one, stays as it is.
"""

from __future__ import annotations

import re

from rentree.i18n import Language

_SAID: list[tuple[str, str]] = [
    (r"session lost", "session perdue"),
    (r"quota", "quota"),
    (r"HTTP (\d+) overloaded", r"HTTP \1, surcharge"),
    (r"HTTP (\d+)", r"HTTP \1"),
    (r"overloaded, asked to come back later", "surcharge, prié de revenir plus tard"),
    (r"still queued", "encore en file"),
    (r"no place in a queue to share", "pas de place de file à partager"),
    (r"a used place in the queue lets somebody else in \((\d+)\)", r"une place de file déjà utilisée fait entrer quelqu’un d’autre (\1)"),
    (r"a ticket was taken that was not good any more \((\d+)\)", r"un ticket qui n’était plus valable a été accepté (\1)"),
    (r"sent back to the queue", "renvoyé dans la file"),
    (r"still in the waiting room", "encore dans la salle d’attente"),
    (r"not before a time of day", "pas avant une certaine heure"),
    (r"no way to hand a file in on the page", "aucun moyen de rendre un fichier sur la page"),
    (r"the file fetched back is not the one handed in", "le fichier repris n’est pas celui remis"),
    (r"the message of the teacher is not there", "le message de l’enseignant n’y est pas"),
    (r"no such button on the page of the class", "pas de tel bouton sur la page de la classe"),
    (r"no answer within ([\d.]+) s", "pas de réponse en \\1\u00a0s"),
    (r"the platform does not accept the password", "la plateforme refuse le mot de passe"),
    (r"asset (.+) did not come", "l’élément \\1 n’est pas venu"),
    (r"the page of an error \(HTTP (\d+)\)", r"page d’erreur (HTTP \1)"),
    (r"data of somebody else \((.+)\)", r"données d’autrui (\1)"),
    (r"no identity on the page \(unknown page\)", "aucune identité sur la page (page inconnue)"),
    (r"no identity on the page \((.+)\)", r"aucune identité sur la page (\1)"),
    (r"no identity in the answer.*", "aucune identité dans la réponse"),
    (r"no account is made of what was typed \((.+)\)", r"aucun compte n’est créé de ce qui a été saisi (\1)"),
    (r"the account that was created is not known", "le compte qui a été créé n’est pas connu"),
    (r"no way to sign out on the page", "aucun moyen de se déconnecter sur la page"),
    (r"the homework read back is not the one handed in", "le devoir relu n’est pas celui remis"),
    (r"what was sent is not there when read back \((\d+)\)", r"ce qui a été envoyé manque à la relecture (\1)"),
    (r"not the page that shows (.+) \((\d+)\)", r"pas la page qui porte \1 (\2)"),
    (r"the right page as HTTP (\d+)", r"la bonne page, en HTTP \1"),
    (r"“unknown page” instead of “(.+)”", "page inconnue au lieu de «\u00a0\\1\u00a0»"),
    (r"“(.+)” instead of “(.+)”", "«\u00a0\\1\u00a0» au lieu de «\u00a0\\2\u00a0»"),
    (r"the page cannot be read: (.+)", "page illisible\u00a0: \\1"),
    (r"the answer is not JSON \((.+)\)", r"la réponse n’est pas du JSON (\1)"),
    (r"no form on the page \((.+)\)", r"aucun formulaire sur la page (\1)"),
    (r"no form with a field (.+) on the page \((.+)\)", r"aucun formulaire à champ \1 sur la page (\2)"),
    (r"connection refused", "connexion refusée"),
    (r"connection closed (.+)", r"connexion fermée \1"),
    (r"connection reset (.+)", r"connexion rompue \1"),
    (r"the network gave up (.+)", r"le réseau a renoncé \1"),
    (r"TLS failed (.+): (.+)", r"échec de TLS \1 (\2)"),
    (r"host unreachable", "hôte inaccessible"),
    (r"name not found: (.+)", "nom introuvable\u00a0: \\1"),
    (r"too many redirects", "trop de redirections"),
    (r"certificate is not valid yet", "certificat pas encore valable"),
    (r"certificate has expired", "certificat expiré"),
    (r"certificate comes from an unknown authority \(it signed itself\)", "certificat signé par lui-même"),
    (r"certificate comes from an unknown authority", "certificat d’une autorité inconnue"),
    (r"certificate is for another name", "certificat fait pour un autre nom"),
    (r"certificate is for another address", "certificat fait pour une autre adresse"),
    (r"certificate refused: (.+)", r"certificat refusé (\1)"),
    (r"the other side does not speak TLS", "l’autre côté ne parle pas TLS"),
    (r"malformed answer: 101 to a request that asked none", "réponse malformée\u00a0: 101 sans qu’on l’ait demandé"),
    (r"malformed answer: status (.+)", "réponse malformée\u00a0: statut \\1"),
    (r"malformed answer: (.+)", "réponse malformée\u00a0: \\1"),
    (r"malformed address (.+)", r"adresse malformée \1"),
    (r"not an http address: (.+)", "adresse qui n’est pas http\u00a0: \\1"),
    (r"answer whose \w+ is broken", "réponse compressée illisible"),
    (r"answer whose \w+ ends too early", "réponse compressée tronquée"),
    (r"answer in an encoding that we did not ask for: (.+)", r"réponse dans un codage non demandé (\1)"),
    (r"answer larger than 8 MiB", "réponse de plus de 8\u00a0Mio"),
    (r"answer larger than 8 MiB once unpacked", "réponse de plus de 8\u00a0Mio, une fois décompressée"),
    (r"headers of more than 64 KiB", "en-tête de plus de 64\u00a0Kio"),
    (r"address of more than 64 KiB", "adresse de plus de 64\u00a0Kio"),
    (r"(?:redirect to|address of) a host that is not part of the target", "adresse hors de la cible"),
    (r"our machine has no descriptor or memory left", "notre machine n’a plus de descripteur ou de mémoire"),
    (r"our machine has no such address, or no port left", "notre machine n’a pas cette adresse, ou plus de port"),
    (r"the ceiling of the authorisation is reached", "plafond de l’autorisation atteint"),
    (r"the worker was lost while this was under way", "processus de charge perdu en cours de route"),
    (r"the platform ended the run", "la plateforme a mis fin à l’essai"),
    (r"the journey raised (.+)", "le parcours a échoué\u00a0: \\1"),
    (r"the adapter raised (.+)", "l’adaptateur a échoué\u00a0: \\1"),
    (r"the adapter returned (.+), which is no answer", r"l’adaptateur a rendu \1, qui n’est pas une réponse"),
    (r"while connecting", "à la connexion"),
    (r"during the TLS handshake", "pendant la négociation TLS"),
    (r"while sending the request", "pendant l’envoi"),
    (r"before the answer", "avant la réponse"),
    (r"in the headers of the answer", "dans l’en-tête de la réponse"),
    (r"while reading the body", "pendant la lecture de la page"),
    (r"network error (.+)", r"erreur de réseau \1"),
]  # fmt: skip
_KNOWN = [(re.compile(pattern, re.S), french) for pattern, french in _SAID]
_GROUP = re.compile(r"\\(\d)")


def said(why: str, language: Language) -> str:
    """The words of a failure in a language; unknown ones as they are."""
    if language == "en":
        return why
    for pattern, french in _KNOWN:
        if found := pattern.fullmatch(why):
            return _GROUP.sub(lambda group: said(found[int(group[1])], language), french)
    return why
