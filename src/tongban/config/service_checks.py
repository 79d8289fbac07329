"""
What `tongban serve`, `web` and `worker` refuse to go into service with: anything that was made for a demonstration.

A node is in service when TONGBAN_NODE_IS_DEMO is 0. Keys, secrets and accounts of a demonstration are known to
everybody who has read the source, so none of them may guard real people's data.
Source: GB/T 22239-2019 8.1.4.1 (no default accounts, no default passwords).
"""

from collections.abc import Iterator

import psycopg
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from tongban.config import env
from tongban.config.database import url_of
from tongban.config.keys import KeyFile, NodeKeys, key_file
from tongban.foundation.exits import NodeProblem

#: Accounts of one load share one hash with one salt; accounts of people never do.
SHARED_PASSWORDS = """
SELECT login_name FROM identity_account WHERE password IN (
    SELECT password FROM identity_account WHERE password <> '' AND password NOT LIKE '!%'
    GROUP BY password HAVING count(*) > 1)
ORDER BY login_name LIMIT 4
"""
ACCOUNTS_EXIST = "SELECT to_regclass('identity_account') IS NOT NULL"
NAMED = 3


class NotForService(NodeProblem):
    """
    The node is not a demonstration, and something of a demonstration is still in it.
    """

    exit_code = 26


def check_secrets(key_file: KeyFile, *, demo: bool) -> None:
    """
    Read the keys, and refuse those and settings that a node in service must not have.

    :param demo: whether a demonstration was asked for
    :raises KeysUnusable: the keys cannot be read
    :raises NotForService: something is only good for a demonstration; the sentence names all of it
    """
    keys = key_file.load()
    if env.node.is_demo:
        return
    complaints = [*_of_switches(demo=demo), *_of_keys(keys), *_of_settings()]
    if complaints:
        raise NotForService(_sentence(complaints))


def check_accounts(database_url: str) -> None:
    """
    Refuse accounts of a demonstration in a node in service.

    :raises NotForService: there are some
    """
    if env.node.is_demo:
        return
    with psycopg.connect(database_url, connect_timeout=10) as connection:
        row = connection.execute(ACCOUNTS_EXIST).fetchone()
        if row is None or not row[0]:
            return
        names = [name for (name,) in connection.execute(SHARED_PASSWORDS)]
    if names:
        named = ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
        complaint = f"the database holds demonstration accounts ({named}); begin with one of its own"
        raise NotForService(_sentence([complaint]))


def check_part() -> None:
    """
    Refuse the same in a part of the node that is started by itself, when its database answers.

    :raises KeysUnusable: the keys cannot be read
    :raises NotForService: something is only good for a demonstration
    """
    check_secrets(key_file(env.run.home), demo=False)
    check_accounts(url_of(env.run))


def unchanged_secrets() -> list[str]:
    """
    Return the environment variables whose secret is still the one that stands in the source.
    """
    return sorted(name for group in _groups() for name in _unchanged(group))


def _of_switches(*, demo: bool) -> Iterator[str]:
    if demo:
        yield "serve --demo was asked for"
    if env.run.debug:
        yield "TONGBAN_DEBUG is on"
    if env.messaging.is_simulated:
        yield "TONGBAN_MESSAGING_IS_SIMULATED is on"
    if env.authority.is_simulated:
        yield "TONGBAN_AUTHORITY_IS_SIMULATED is on"
    if env.federation.demo_authenticator is not None:
        yield "TONGBAN_FEDERATION_DEMO_AUTHENTICATOR names simulated platforms"
    if env.identity.staff_second_factor is not env.SecondFactorRule.REQUIRED:
        yield "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR lets staff in without a second factor"
    if not env.identity.staff_password_days:
        yield "TONGBAN_IDENTITY_STAFF_PASSWORD_DAYS lets passwords of staff stay for ever"


def _of_keys(keys: NodeKeys) -> Iterator[str]:
    if keys.is_demo:
        yield "keys.json was made by a demonstration; begin with a data folder of its own"
    weak = [key_id for key_id, key in keys.data.items() if len(set(key.secret)) < len(key.secret) // 4]
    if weak:
        yield f"data key {weak[0]} is no random key"


def _of_settings() -> Iterator[str]:
    if names := unchanged_secrets():
        yield f"set secrets of your own: {', '.join(names)}"


def _groups() -> list[BaseSettings]:
    return [value for value in vars(env).values() if isinstance(value, BaseSettings)]


def _unchanged(group: BaseSettings) -> Iterator[str]:
    prefix = str(group.model_config.get("env_prefix", ""))
    for name, field in type(group).model_fields.items():
        default = field.default
        if isinstance(default, SecretStr) and default.get_secret_value() and getattr(group, name) == default:
            yield f"{prefix}{name}".upper()


def _sentence(complaints: list[str]) -> str:
    return (
        "This node is no demonstration (TONGBAN_NODE_IS_DEMO is 0) and does not go into service like this: "
        f"{'; '.join(complaints)}."
    )
