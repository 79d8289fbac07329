"""
The `tongban` command.

Commands of the node itself are defined here; commands of apps live in the apps (`management`) and are loaded
only when called, so that `tongban --help` answers at once. A command that needs the database finds that of the
running node, or starts the embedded one for as long as it works.

What commands of apps say is in the language of the terminal (LC_ALL, LC_MESSAGES, LANG): Simplified Chinese where
that is Chinese, else English. What they write for machines (--json, reports) does not depend on it.

Every refusal is one sentence on standard error and a stable exit code (`tongban.foundation.exits`).
"""

import inspect
import json
import os
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic_core import ValidationError
from typer.core import TyperGroup

from tongban.foundation import logging
from tongban.foundation.exits import NodeProblem
from tongban.foundation.processes import loading

SETTINGS_MODULE = "tongban.config.settings"
REFUSED = 1
WRONG_USAGE = 2
NOT_READY = 3


Need = Literal["database", "django", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCommand:
    """
    A command that an app brings.
    """

    target: str
    """"module:function"; typer reads the function's parameters."""

    help: str
    """What `tongban --help` says; one sentence."""

    needs: Need = "database"
    """What must be in place before its module is loaded."""


APP_COMMANDS = {
    "import-items": AppCommand(
        target="tongban.business.catalogue.management.import_items:import_items",
        help="Import service items (事项) from a file, with a report of every row refused.",
    ),
    "verify-ledger": AppCommand(
        target="tongban.business.casework.management.verify_ledger:verify_ledger",
        help="Verify the digest chains of cases and audit trail, and that rows say what their events say.",
    ),
    "anchor-audit": AppCommand(
        target="tongban.support.security.management.anchor_audit:anchor_audit",
        help="Anchor the end of the audit trail outside the database, now.",
    ),
    "archive-audit": AppCommand(
        target="tongban.support.security.management.archive_audit:archive_audit",
        help="Write an old month of the audit trail into a file, or remove it once written.",
    ),
    "rebuild-projections": AppCommand(
        target="tongban.business.casework.management.rebuild_projections:rebuild_projections",
        help="Derive every case's row from its events again.",
    ),
    "fill-library": AppCommand(
        target="tongban.business.casework.management.fill_library:fill_library",
        help="Bring the cases of before into the case library.",
    ),
    "export-cases": AppCommand(
        target="tongban.resources.caselibrary.management.export_cases:export_cases",
        help="Write the case library into files of the national tables.",
    ),
    "calendar": AppCommand(
        target="tongban.business.casework.management.calendar:calendar",
        help="Load a year of working days and recompute the deadlines of open cases.",
    ),
    "import-accounts": AppCommand(
        target="tongban.support.identity.management.import_accounts:import_accounts",
        help="Take in the accounts of another system, with a report of every row.",
    ),
    "import-licences": AppCommand(
        target="tongban.business.licences.management.import_licences:import_licences",
        help="Bring a file of licences issued before; a sample of it is checked before it is taken in.",
    ),
    "import-datasets": AppCommand(
        target="tongban.resources.datasets.management.files:import_datasets",
        help="Begin drafts of the resource catalogue from the filled template or JSON, with a report of every row.",
    ),
    "export-datasets": AppCommand(
        target="tongban.resources.datasets.management.files:export_datasets",
        help="Write the resource catalogue as Excel, JSON, or DCAT-AP in Turtle or JSON-LD; or the empty template.",
    ),
    "load-register": AppCommand(
        target="tongban.resources.registers.management.load_register:load_register",
        help="Load a file into a base register on behalf of an agency, with a report of every row refused.",
    ),
    "create-staff": AppCommand(
        target="tongban.support.identity.management.create_staff:create_staff",
        help="Make a staff account with agency, post and role.",
    ),
    "reset-factor": AppCommand(
        target="tongban.support.identity.management.reset_factor:reset_factor",
        help="Take the second factors of an account away, where no two administrators are left to do it.",
    ),
    "create-client": AppCommand(
        target="tongban.support.identity.management.create_client:create_client",
        help="Let another system in; shows its secret once.",
    ),
    "list-clients": AppCommand(
        target="tongban.support.identity.management.list_clients:list_clients",
        help="List the systems that are let in, with what they may do.",
    ),
    "rotate-client": AppCommand(
        target="tongban.support.identity.management.rotate_client:rotate_client",
        help="Give a system a new secret; the old one holds a while longer.",
    ),
    "restrict-client": AppCommand(
        target="tongban.support.identity.management.restrict_client:restrict_client",
        help="Say from which networks a system may come, and until when.",
    ),
    "assign-client": AppCommand(
        target="tongban.support.identity.management.assign_client:assign_client",
        help="Say which colleague answers for a system.",
    ),
    "revoke-client": AppCommand(
        target="tongban.support.identity.management.revoke_client:revoke_client",
        help="Let a system in no more; its tokens end at once.",
    ),
    "create-relying-party": AppCommand(
        target="tongban.support.federation.management.relying_parties:create_relying_party",
        help="Let people log in to another system with their accounts here; shows its secret once.",
    ),
    "list-relying-parties": AppCommand(
        target="tongban.support.federation.management.relying_parties:list_relying_parties",
        help="List the systems that people log in to with their accounts here.",
    ),
    "renew-relying-party-secret": AppCommand(
        target="tongban.support.federation.management.relying_parties:renew_relying_party_secret",
        help="Give a relying party a new secret; the old one ends at once.",
    ),
    "disable-relying-party": AppCommand(
        target="tongban.support.federation.management.relying_parties:disable_relying_party",
        help="Let a relying party in no more; its tokens end at once.",
    ),
    "enable-relying-party": AppCommand(
        target="tongban.support.federation.management.relying_parties:enable_relying_party",
        help="Let a relying party in again, by the secret it had.",
    ),
    "create-ticket-application": AppCommand(
        target="tongban.support.federation.management.ticket_applications:create_ticket_application",
        help="Let an application log people in by ticket; shows its key once.",
    ),
    "list-ticket-applications": AppCommand(
        target="tongban.support.federation.management.ticket_applications:list_ticket_applications",
        help="List the applications that log people in by ticket.",
    ),
    "renew-ticket-application-key": AppCommand(
        target="tongban.support.federation.management.ticket_applications:renew_ticket_application_key",
        help="Give an application of the ticket protocol a new key; the old one is believed for a while.",
    ),
    "enable-ticket-application": AppCommand(
        target="tongban.support.federation.management.ticket_applications:enable_ticket_application",
        help="Let an application of the ticket protocol in again, by the key it had.",
    ),
    "disable-ticket-application": AppCommand(
        target="tongban.support.federation.management.ticket_applications:disable_ticket_application",
        help="Let an application of the ticket protocol in no more; its tokens end at once.",
    ),
    "rotate-signing-keys": AppCommand(
        target="tongban.support.federation.management.rotate_signing_keys:rotate_signing_keys",
        help="Let a new key sign identity tokens; the old one stays published until they have lapsed.",
    ),
    "verify": AppCommand(
        target="tongban.business.licences.management.verify:verify",
        help="Verify files: seals, signatures and certificates in OFD, PDF, ESL and PEM.",
    ),
    "certificates": AppCommand(
        target="tongban.support.trust.management.certificates:certificates",
        help="Look at authorities and certificates, revoke, publish revocation lists, keep the root elsewhere.",
    ),
    "offline-root": AppCommand(
        target="tongban.support.trust.management.roots:offline_root",
        help="Make a root away from every network, and have it sign what a node asks for.",
        needs="nothing",
    ),
    "lexicon": AppCommand(
        target="tongban.support.search.management.lexicon:lexicon",
        help="Teach the search an everyday phrase, or switch one off.",
    ),
    "keys": AppCommand(
        target="tongban.config.keys_command:keys",
        help="Look at the node's keys, add one, change over to it while the node runs, retire the old one.",
        needs="nothing",
    ),
    "conformance": AppCommand(
        target="tongban.resources.docking.management.conformance:conformance",
        help="Check how an agency's own system is docked, print what is missing, certify what is whole.",
    ),
    "docking": AppCommand(
        target="tongban.resources.docking.management.systems:docking",
        help="Register an agency's own system, begin its tests, let it go live, suspend it; list all.",
    ),
    "move-in": AppCommand(
        target="tongban.resources.movein.management.move_in:move_in",
        help="Let an older platform move in: try, load, follow it, cut its items over one by one.",
    ),
    "docking-tables": AppCommand(
        target="tongban.resources.docking.management.tables:docking_tables",
        help="Print the SQL of an agency's front-end tables and of the role that writes them, or make them.",
    ),
    "node": AppCommand(
        target="tongban.resources.exchange.management.node:node",
        help="Join the node above, look after the nodes below, change the node's key, plan who runs what.",
    ),
    "exchange-status": AppCommand(
        target="tongban.resources.exchange.management.watching:exchange_status",
        help="Say how every link and stream of the exchange stands.",
    ),
    "exchange-story": AppCommand(
        target="tongban.resources.exchange.management.watching:exchange_story",
        help="Tell what happened to one entry of the exchange.",
    ),
    "exchange-compare": AppCommand(
        target="tongban.resources.exchange.management.watching:exchange_compare",
        help="Compare both ends of the exchange day by day.",
    ),
    "exchange-replay": AppCommand(
        target="tongban.resources.exchange.management.watching:exchange_replay",
        help="Send entries of a stream again, or a snapshot.",
    ),
    "exchange-retry": AppCommand(
        target="tongban.resources.exchange.management.watching:exchange_retry",
        help="Send to a node at once instead of at the next try.",
    ),
    "simulate": AppCommand(
        target="tongban.config.simulate:simulate",
        help="Run a stand-in for a party outside the node, such as the SMS gateway.",
        needs="nothing",
    ),
    "openapi": AppCommand(
        target="tongban.config.openapi:openapi",
        help="Write the OpenAPI document, or check that the committed one is up to date.",
        needs="django",
    ),
}


class LazyGroup(TyperGroup):
    """
    Lists the apps' commands without loading the apps.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """
        Return the names of all commands whose code is there.
        """
        return [*super().list_commands(ctx), *(name for name in APP_COMMANDS if _is_there(name))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """
        Return one command; those of apps are loaded now, unless only their names are wanted.
        """
        if (own := super().get_command(ctx, cmd_name)) is not None:
            return own
        if cmd_name not in APP_COMMANDS or not _is_there(cmd_name):
            return None
        return _placeholder(cmd_name) if _is_overview() else _load(ctx, cmd_name)


app = typer.Typer(
    cls=LazyGroup,
    name="tongban",
    help="通办: run and look after a node of the integrated online government service platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _root(
    home: Annotated[Path | None, typer.Option(help="Data folder; overrides TONGBAN_HOME.")] = None,
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    if home is not None:
        os.environ["TONGBAN_HOME"] = str(home.absolute())
    logging.configure(level=log_level.upper())


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the sample area and demo accounts into an empty node.")
    ] = False,
) -> None:
    """
    Run the node: database, web server, worker. Ctrl-C stops it.

    TONGBAN_HOME names the data folder, TONGBAN_PORT the port, DATABASE_URL an external PostgreSQL (15 or newer).
    """
    from tongban.config.env import RunSettings
    from tongban.config.serve import Supervisor

    Supervisor(RunSettings(), demo=demo).serve()


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Say whether the node of this data folder runs and is ready. Exit code 0: ready; 3: not.
    """
    from tongban.config.env import RunSettings
    from tongban.config.status import status_of

    answer = status_of(RunSettings())
    print(json.dumps(asdict(answer), ensure_ascii=False) if as_json else answer.as_text())
    if not answer.is_ready:
        raise typer.Exit(NOT_READY)


@app.command()
def migrate() -> None:
    """
    Bring the tables of the node's database up to date.
    """
    with _node():
        from tongban.config.prepare import migrate as apply_migrations

        count = apply_migrations()
    print("tables are up to date" if count == 0 else f"{count} migrations applied")


@app.command("load-area")
def load_area(
    folder: Annotated[
        Path | None, typer.Argument(help="The area's files; TONGBAN_AREA when left out.")
    ] = None,
    *,
    accounts: Annotated[
        bool, typer.Option("--accounts/--no-accounts", help="Whether demonstration accounts are opened too.")
    ] = True,
) -> None:
    """
    Load an area: divisions, agencies, items, offerings, licence types. Repeating it changes nothing.

    For a real city, with --no-accounts: its folder holds divisions.jsonl, agencies.jsonl, items.jsonl,
    licence_types.json and offerings/, as data/guangan does.
    """
    with _node():
        from tongban.config import env
        from tongban.config.area import load_area as load
        from tongban.config.prepare import load_demonstration
        from tongban.foundation.clock import now

        area = folder or env.run.area
        if accounts:
            print("the area is loaded" if load_demonstration(area) else "there is nothing new to load")
        else:
            load(area, at=now())
            print("the area is loaded")


@app.command()
def version() -> None:
    """
    Print the version of this software.
    """
    print(f"tongban {metadata.version('tongban')}")


@app.command()
def worker() -> None:
    """
    Run one more worker: jobs and announcements. `tongban serve` runs one already.
    """
    with _node():
        from tongban.config.service_checks import check_part
        from tongban.config.worker import run as work

        check_part()
        work()


@app.command()
def exchange() -> None:
    """
    Bring other nodes what they should have. `tongban serve` runs one already; a node has one.
    """
    with _node():
        from tongban.config.exchange import run as bring
        from tongban.config.service_checks import check_part

        check_part()
        bring()


@app.command()
def web() -> None:
    """
    Run the web server alone. `tongban serve` runs one already.
    """
    with _node():
        from tongban.config.service_checks import check_part
        from tongban.config.web import run as listen

        check_part()
        listen()


@app.command(hidden=True)
def prepare(
    demo: Annotated[bool, typer.Option("--demo", help="Load the sample area into an empty node.")] = False,
) -> None:
    """
    Bring tables and static files up to date.
    """
    with _node():
        from tongban.config.prepare import prepare as prepare_node

        prepare_node(demo=demo)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def django(ctx: typer.Context) -> None:
    """
    Run one of Django's own commands, such as `makemigrations` or `shell`.
    """
    with _node():
        from django.core.management import execute_from_command_line

        execute_from_command_line(["tongban django", *ctx.args])


def main() -> None:
    """
    Run the command and leave with its exit code; a refusal is one sentence on standard error.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    try:
        app(prog_name="tongban")
    except NodeProblem as problem:
        _refuse(str(problem), problem.exit_code)
    except ValidationError as error:
        _refuse(_setting_refused(error), WRONG_USAGE)
    except Exception as error:
        if not _is_refusal(error):
            raise
        _refuse(_said(error), REFUSED)


def _node() -> ExitStack:
    """
    Return a context in which the database answers and Django is set up.
    """
    from tongban.config import node
    from tongban.config.env import run

    stack = ExitStack()
    stack.enter_context(node.database(run))
    _set_up()
    return stack


def _set_up() -> None:
    import django as django_package

    with loading():
        django_package.setup()


def _load(ctx: Any, name: str) -> Any:
    module, _, function = APP_COMMANDS[name].target.partition(":")
    need = APP_COMMANDS[name].needs
    if need == "database" and "--help" not in sys.argv:
        ctx.with_resource(_node())
    elif need != "nothing":
        _set_up()
    if need != "nothing":
        from django.utils import translation

        translation.activate(terminal_language())
    command = typer.Typer(add_completion=False, rich_markup_mode=None)
    target = getattr(import_module(module), function)
    # What a docstring says of errors is for developers.
    command.command(name, help=(inspect.getdoc(target) or "").partition("\n:")[0])(target)
    return typer.main.get_command(command)


def terminal_language() -> str:
    """
    Return the language in which commands speak: "zh-hans" or "en".

    Source: POSIX.1-2024, Base Definitions 8.2: LC_ALL before LC_MESSAGES before LANG, empty ones left out.
    """
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh-hans" if locale.lower().startswith("zh") else "en"


def _placeholder(name: str) -> Any:
    command = typer.Typer(add_completion=False, rich_markup_mode=None)
    command.command(name, help=APP_COMMANDS[name].help)(lambda: None)
    return typer.main.get_command(command)


def _is_overview() -> bool:
    return not any(argument in APP_COMMANDS for argument in sys.argv[1:])


def _is_there(name: str) -> bool:
    module = APP_COMMANDS[name].target.partition(":")[0].removeprefix("tongban.").replace(".", "/")
    root = Path(__file__).parents[1]
    return (root / f"{module}.py").exists() or (root / module / "__init__.py").exists()


def _is_refusal(error: Exception) -> bool:
    # Loaded by the command, or there can be no such error; loading it here would load Django for `--help`.
    errors = sys.modules.get("tongban.foundation.errors")
    return errors is not None and isinstance(error, errors.ServiceError)


def _said(error: Exception) -> str:
    """
    Return the sentence of a refusal, and what is wrong with each thing that was typed.
    """
    fields: dict[str, str] = getattr(error, "fields", {})
    return "\n  ".join([str(error), *(f"{name}: {complaint}" for name, complaint in fields.items())])


def _refuse(sentence: str, exit_code: int) -> None:
    print(f"tongban: {sentence}", file=sys.stderr)
    sys.exit(exit_code)


def _setting_refused(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = str(first["loc"][0]) if first["loc"] else error.title
    named = [name for name in sorted(os.environ) if name.upper().endswith(field.upper())]
    return f"The setting {named[0] if named else field} cannot be used: {first['msg']}."


if __name__ == "__main__":
    main()
