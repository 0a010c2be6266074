"""`surveil accounts`: who may log in to the console, and tokens for machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Who may log in to the console of a watch, and tokens for machines. Example: `surveil accounts list`.",
)
Data = Annotated[Path, typer.Option("--data", help="The folder of the watch.")]
Role = Annotated[str, typer.Option(help="viewer, operator or admin.")]


def _accounts(data: Path):
    from surveil.errors import StoreError
    from surveil.live.clock import ReceiveClock
    from surveil.web.accounts import Accounts

    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot be used: {error.strerror}", source=str(data)) from None
    return Accounts(data / "accounts.sqlite", ReceiveClock().now_ms)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who.")],
    role: Role = "operator",
    data: Data = Path("surveil-live"),
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given.")
    ] = "",
) -> None:
    """Make an account, or give it another role or password; its sessions end.

    Example: `surveil accounts add "A. Reed" --role operator --data /var/lib/surveil`
    """
    accounts = _accounts(data)
    accounts.put(name, role, password)
    accounts.close()


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Who.")], data: Data = Path("surveil-live")) -> None:
    """Take an account away, its sessions and tokens too."""
    accounts = _accounts(data)
    found = accounts.remove(name)
    accounts.close()
    if not found:
        raise typer.BadParameter(f"there is no account {name!r}")


@app.command("list")
def list_(data: Data = Path("surveil-live")) -> None:
    """Names and roles, a line each."""
    accounts = _accounts(data)
    for name, role in accounts.names():
        typer.echo(f"{role:<9} {name}")
    accounts.close()


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Which machine.")],
    role: Role = "viewer",
    data: Data = Path("surveil-live"),
) -> None:
    """Make a token for a machine, and print it, this once; `remove` takes it away.

    Example: `surveil accounts token prometheus --role viewer`, to be sent as `Authorization: Bearer ...`
    """
    accounts = _accounts(data)
    typer.echo(accounts.make_token(name, role))
    accounts.close()
