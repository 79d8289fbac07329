"""
Commands that keep relying parties: create, list, renew the secret, disable and enable.
"""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.federation import selectors, services
from tongban.support.federation.values import ClaimScope, PartyReceipt
from tongban.support.identity.values import AccountKind

ACTOR = system_actor("federation.relying_parties")
AsJson = Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")]
ClientId = Annotated[str, typer.Argument(help="Name the system calls itself by.")]


def create_relying_party(
    *,
    client_id: ClientId,
    name: Annotated[str, typer.Option(help="Name for people, shown when they are asked to agree.")],
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where people are led back to, exactly; repeatable.")
    ],
    post_logout_redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where people may be led after logging out; repeatable.")
    ] = None,
    backchannel_logout_uri: Annotated[
        str, typer.Option(help="Where the end of a login is told from server to server.")
    ] = "",
    scope: Annotated[
        list[ClaimScope] | None, typer.Option(help="What it may ask for; repeatable. openid always.")
    ] = None,
    accounts: Annotated[
        list[AccountKind] | None, typer.Option(help="Whose accounts it takes; repeatable. Default: persons.")
    ] = None,
    sector: Annotated[str, typer.Option(help="Sector of pairwise subjects; empty: the host.")] = "",
    public: Annotated[
        bool, typer.Option("--public", help="It can keep no secret, as an app on a phone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Let people log in to another system with their accounts here. Its secret is shown once and kept nowhere.
    """
    receipt = services.register_party(
        client_id=client_id,
        name=name,
        redirect_uris=redirect_uri,
        post_logout_redirect_uris=post_logout_redirect_uri or (),
        backchannel_logout_uri=backchannel_logout_uri,
        scopes=[wanted.value for wanted in scope or ()],
        account_kinds=[kind.value for kind in accounts or (AccountKind.PERSON,)],
        sector=sector,
        client_type="public" if public else "confidential",
        actor=ACTOR,
        at=clock.now(),
    )
    _tell(receipt, as_json=as_json)


def renew_relying_party_secret(
    *,
    client_id: ClientId,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=168, help="For how long the old secret is believed beside the new one.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """
    Give a relying party a new secret; the old one is worth nothing from now on, unless it is given a while.
    """
    receipt = services.renew_party_secret(
        client_id=client_id, overlap=timedelta(hours=overlap_hours), actor=ACTOR, at=clock.now()
    )
    _tell(receipt, as_json=as_json)


def disable_relying_party(*, client_id: ClientId, as_json: AsJson = False) -> None:
    """
    Let a relying party in no more. Its tokens end at once; its id is never given again.
    """
    party = services.disable_party(client_id=client_id, actor=ACTOR, at=clock.now())
    if as_json:
        disabled_at = party.disabled_at.isoformat() if party.disabled_at else None
        sys.stdout.write(json.dumps({"client_id": party.client_id, "disabled_at": disabled_at}) + "\n")
    else:
        sys.stdout.write(f"{party.client_id} ({party.name}) is let in no more.\n")


def enable_relying_party(*, client_id: ClientId) -> None:
    """
    Let a relying party in again, by the secret it had. Nothing that ended comes back.
    """
    party = services.enable_party(client_id=client_id, actor=ACTOR, at=clock.now())
    sys.stdout.write(f"{party.client_id} ({party.name}) is let in again.\n")


def list_relying_parties(*, as_json: AsJson = False) -> None:
    """
    List the systems that people log in to with their accounts here.
    """
    parties = selectors.relying_parties(actor=ACTOR)
    if as_json:
        sys.stdout.write(
            json.dumps([asdict(party) for party in parties], default=str, ensure_ascii=False) + "\n"
        )
        return
    for party in parties:
        state = "disabled" if party.disabled_at else "open"
        sys.stdout.write(f"{party.client_id}  {state}  {party.name}  {' '.join(party.scopes)}\n")


def _tell(receipt: PartyReceipt, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(receipt)) + "\n")
        return
    sys.stdout.write(f"issuer         {receipt.issuer}\nclient id      {receipt.client_id}\n")
    if receipt.client_secret:
        sys.stdout.write(f"client secret  {receipt.client_secret}\n")
