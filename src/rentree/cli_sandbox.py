"""The commands of `rentree sandbox`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from rentree.cli_options import Clock, Scale
from rentree.errors import UsageError

sandbox_app = typer.Typer(
    help="The reference platform, by hand: a small ENT.",
    no_args_is_help=True,
)


class Only(StrEnum):
    """Parts that can be had alone."""

    idp = "idp"


@sandbox_app.command("start")
def sandbox_start(
    preset: Annotated[str | None, typer.Argument(help="A preset (rentree list sandboxes) or a file.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
    defect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Something that is wrong with it (rentree list defects)."
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls", help="Serve https, by an authority of your own; its certificate is printed."
        ),
    ] = False,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A PostgreSQL on this machine, postgresql://USER@127.0.0.1:5432/NAME; "
            "several sandboxes may share it. Default: a SQLite file.",
        ),
    ] = None,
    authorization: Annotated[Path | None, typer.Option(metavar="FILE", help="Serve this authorisation (rentree authorize), for trials of leave: rentree run --treat-loopback-as-remote.")] = None,
    only: Annotated[Only | None, typer.Option(help="Start one part alone: the SAML identity provider.")] = None,
    metadata_in: Annotated[Path | None, typer.Option(metavar="FILE", help="Of the service provider that --only idp is for.")] = None,
    metadata_out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where --only idp writes its own.")] = None,
    scale: Scale = "100%",  # type: ignore[assignment]
    clock: Clock = "1x",  # type: ignore[assignment]
) -> None:  # fmt: skip
    """Start it; it goes on until `rentree sandbox stop`."""
    from rentree.sandbox.accounts import demo_accounts  # noqa: PLC0415
    from rentree.sandbox.detached import start_detached, start_provider  # noqa: PLC0415

    if only is not None:
        if preset is not None:
            raise UsageError("--only idp takes no preset")
        provider = start_provider(port=port, metadata_in=metadata_in)
        told = f"{provider.url}/educonnect/metadata  (fournisseur d’identité simulé)"
        Console().print(told, markup=False, soft_wrap=True)
        if metadata_out is not None:
            from rentree.sandbox.ask import fetch  # noqa: PLC0415

            metadata_out.write_bytes(fetch(provider.url, "/educonnect/metadata"))
        return
    if preset is None:
        raise UsageError("say which preset: rentree sandbox start rentree (rentree list sandboxes)")
    if metadata_in or metadata_out:
        raise UsageError("--metadata-in and --metadata-out go with --only idp")
    running = start_detached(
        preset,
        port=port,
        tls=tls,
        scale=scale,
        clock=clock,
        defects=defect or (),
        database=database,
        authorization=authorization,
    )
    pupil, secret = demo_accounts()[0]
    says = f"{running.url}  ({preset}) sign in as {pupil.login}, password {secret}"
    Console().print(says, markup=False, soft_wrap=True)
    if tls:
        from rentree.sandbox.authority import ca_file  # noqa: PLC0415

        words = (
            f"its certificate is signed by {ca_file()}: curl --cacert, or a browser that trusts it"
        )
        Console().print(words, markup=False, soft_wrap=True)


@sandbox_app.command("set")
def sandbox_set(
    changes: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="A key of the preset, a dot for what stands inside it; a value as in YAML; `none` switches off.")],
    port: Annotated[int | None, typer.Option(help="The one at this port; needed when several run.")] = None,
) -> None:  # fmt: skip
    """Change one while it runs: rentree sandbox set quota.sessions=200 gate=none.

    What can be set: capacity.servers and .queue, service.*, routes, quota.sessions,
    rate_limit.rate .burst .session .schools, session.idle .at_most, overload.retry_after
    .abandoned, shedding.wait_above, gate.keeps_out .until, queue.admits .refresh .passage .opens,
    blackhole, nodes.count .down, cache, database, tenants. A whole part at once is YAML too:
    quota='{sessions: 200}', blackhole='[127.0.0.9]'.
    """
    from rentree.sandbox.detached import the_one  # noqa: PLC0415
    from rentree.sandbox.settings import as_changes, send  # noqa: PLC0415

    asked = as_changes(changes)
    settings = send(the_one(port).url, asked)
    for first in dict.fromkeys(key.partition(".")[0] for key in asked):
        text = yaml.safe_dump({first: settings[first]}, allow_unicode=True, width=1000).strip()
        Console().print(text.replace("'", ""), markup=False, highlight=False, soft_wrap=True)


@sandbox_app.command("status")
def sandbox_status() -> None:
    """Which are running, and how they are."""
    from rentree.sandbox.detached import running  # noqa: PLC0415
    from rentree.sandbox.ours import facts_of  # noqa: PLC0415

    console, found = Console(), running()
    for one in found:
        facts = " ".join(f"{k}={v}" for k, v in facts_of(one.url).items() if k != "settings")
        console.print(f"{one.url} {facts}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        console.print("no sandbox is running")


@sandbox_app.command("stop")
def sandbox_stop(
    port: Annotated[int | None, typer.Option(help="Only the one at this port.")] = None,
) -> None:
    """Stop one that was started by hand."""
    from rentree.sandbox.detached import stop_detached  # noqa: PLC0415

    Console().print(f"stopped: {stop_detached(port).url}", markup=False)
