"""
Settings of a node, read from the environment: typed, described once, documented by generation.
"""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

SOURCE_ROOT = Path(__file__).parents[3]
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def default_home() -> Path:
    """
    Return the data folder used when none is named: `var/` of a checkout, else one in the user's home.
    """
    if (SOURCE_ROOT / "pyproject.toml").exists():
        return SOURCE_ROOT / "var"
    return Path.home() / ".local/share/tongban"


class NodeLevel(StrEnum):
    """
    层级: the nation, a province or a city. Counties and below live in their city's node.
    """

    NATION = "NATION"
    PROVINCE = "PROVINCE"
    CITY = "CITY"


class RunSettings(BaseSettings):
    """
    Where this node keeps its data and where it listens.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_", frozen=True, use_attribute_docstrings=True)

    home: Path = Field(default_factory=default_home)
    """Data folder: database, files, keys, logs."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port of the web server."""

    host: str = "127.0.0.1"
    """Address the web server listens on."""

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Web processes."""

    threads: Annotated[int, Field(ge=1, le=64)] = 4
    """Threads of each web process."""

    public_url: str = ""
    """Address that people use, printed into QR codes; empty: http://localhost:<port>."""

    database_url: SecretStr = Field(default=SecretStr(""), validation_alias="DATABASE_URL")
    """External PostgreSQL 15 or newer, postgresql://…; empty: the embedded server."""

    prepare_statements: bool = True
    """Prepare statements that come again; off behind a pooler that cannot (PgBouncer before 1.21)."""

    debug: bool = False
    """Developer's error pages; never in service."""

    area: Path = SOURCE_ROOT / "data/guangan"
    """Sample area that `serve --demo` loads."""

    allowed_hosts: str = ""
    """Host names the web server answers to, separated by commas; empty: that of the public URL and this machine's
    own; any, where there is no public URL and others than this machine are listened to."""

    trusted_proxies: int = 0
    """How many reverse proxies stand before this node: so many entries of X-Forwarded-For are believed."""

    @property
    def base_url(self) -> str:
        """
        Return the address that people use, without a slash at the end.
        """
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def hosts(self) -> list[str]:
        """
        Return the host names the web server answers to; "*" is any.
        """
        if self.allowed_hosts:
            return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]
        if not self.public_url and self.host not in THIS_MACHINE:
            return ["*"]
        public = urlsplit(self.public_url).hostname
        return [*([public] if public else []), *THIS_MACHINE, "[::1]"]


class NodeSettings(BaseSettings):
    """
    Which node of the national platform this installation is.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_NODE_", frozen=True, use_attribute_docstrings=True)

    level: NodeLevel = NodeLevel.CITY
    """Level of the node; decides what is gathered here and what is sent upward."""

    division_code: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] = "511600000000"
    """行政区划代码 of the area served, twelve digits."""

    name: str = "广安市"
    """Name of the area, shown in the head of every page."""

    name_en: str = "Guang'an"
    """The same in English."""

    organiser: str = ""
    """主办单位, in the foot of every page; empty: the words of a demonstration."""

    operator: str = ""
    """承办单位; empty: the words of a demonstration."""

    hotline: str = "0000-12345"
    """Telephone for enquiries; the button 打电话 of the elders' edition."""

    site_id_code: str = ""
    """网站标识码, ten digits; empty: the page says that this is a demonstration."""

    icp_number: str = ""
    """ICP 备案号."""

    police_number: str = ""
    """公安备案号."""

    is_demo: bool = True
    """演示环境: every page and document says that this is no official site."""


class SecondFactorRule(StrEnum):
    """
    第二重认证要求.
    """

    REQUIRED = "required"
    OPTIONAL = "optional"


class IdentitySettings(BaseSettings):
    """
    Log-in, codes and sessions.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_IDENTITY_", frozen=True, use_attribute_docstrings=True
    )

    session_idle: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(minutes=30)
    """A session of a person ends after so long without a request, at most an hour; ISO 8601."""

    session_absolute: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=24))] = timedelta(
        hours=12
    )
    """A session of a person ends after so long in any case; ISO 8601."""

    lock_after_failures: Annotated[int, Field(ge=1, le=10)] = 5
    """Wrong passwords in a row until the account is locked, at most ten."""

    lock_for: Annotated[timedelta, Field(ge=timedelta(minutes=5), le=timedelta(hours=24))] = timedelta(
        minutes=15
    )
    """How long a locked account stays locked, at least five minutes; ISO 8601."""

    staff_second_factor: SecondFactorRule = SecondFactorRule.REQUIRED
    """Whether staff must log in with a second factor; `serve --demo` makes it OPTIONAL, and a node in service
    refuses that."""

    fresh_factor: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(minutes=10)
    """For how long a second factor that was just shown counts for high-risk acts of staff; ISO 8601."""

    staff_session_idle: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=30))] = timedelta(
        minutes=20
    )
    """A session of staff ends after so long without a request, at most 30 minutes; ISO 8601."""

    staff_session_absolute: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=24))] = timedelta(
        hours=12
    )
    """A session of staff ends after so long in any case; ISO 8601."""

    sessions_per_person: Annotated[int, Field(ge=1, le=100)] = 10
    """Browsers a person may be logged in with at once; one more ends the one used longest ago."""

    sessions_per_staff: Annotated[int, Field(ge=1, le=100)] = 3
    """The same for staff."""

    password_length: Annotated[int, Field(ge=8, le=64)] = 8
    """Fewest characters of a password."""

    password_classes: Annotated[int, Field(ge=3, le=4)] = 3
    """Of small letters, capitals, digits and others, a password has at least so many."""

    password_history: Annotated[int, Field(ge=0, le=24)] = 5
    """A new password may be none of the last so many, the present one among them."""

    staff_password_days: Annotated[int, Field(ge=0, le=90)] = 90
    """After so many days staff must change their password; 0, never, is for demonstrations only, and a node in
    service refuses it."""

    registration_contents: Annotated[int, Field(ge=1, le=2)] = 2
    """How many contents a registration needs beside the identity card, of mobile, social-security card, bank card,
    provident-fund account and driving licence; `serve --demo` makes it 1, and the others a choice."""

    fresh_check_lasts: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(
        minutes=10
    )
    """How long a fresh check (二次认证) of a person serves for acts of high risk; ISO 8601."""

    demo_password: SecretStr = SecretStr("Tongban-2026")
    """Password of the demo accounts; used by `serve --demo` only."""


class RateSettings(BaseSettings):
    """
    How many requests a minute; 0: no limit.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_RATES_", frozen=True, use_attribute_docstrings=True)

    per_person: Annotated[int, Field(ge=0)] = 600
    """Requests a minute of one person or member of staff, through pages and API together; 0: no limit."""

    per_client: Annotated[int, Field(ge=0)] = 6000
    """Requests a minute of one system; 0: no limit."""

    per_address: Annotated[int, Field(ge=0)] = 6000
    """Requests a minute from one address; a whole office may stand behind one. 0: no limit."""

    hosts: Annotated[int, Field(ge=1, le=100)] = 1
    """Hosts that share the load of this node. Each counts for itself and grants its part of a quota, so that all of
    them together never grant more."""


class WaitingSettings(BaseSettings):
    """
    The waiting room before the pages.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_WAITING_", frozen=True, use_attribute_docstrings=True
    )

    places: Annotated[int, Field(ge=0, le=1_000_000)] = 4000
    """Visitors that may use the pages at once without being logged in; more wait in line. 0: nobody waits."""

    place_held: timedelta = timedelta(seconds=60)
    """A visitor's place is free again so long after he last asked for a page; ISO 8601."""


class MandateSettings(BaseSettings):
    """
    Legal entities and mandates.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_MANDATES_", frozen=True, use_attribute_docstrings=True
    )

    representative_level: Annotated[int, Field(ge=1, le=4)] = 2
    """实名等级 a legal representative needs to register an entity."""

    grantor_level: Annotated[int, Field(ge=1, le=4)] = 2
    """实名等级 needed to let somebody else act."""

    agent_level: Annotated[int, Field(ge=1, le=4)] = 2
    """实名等级 needed to accept a mandate."""

    longest_days: Annotated[int, Field(ge=1, le=3660)] = 1096
    """Longest term of a mandate that somebody grants, days."""

    offer_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long an offer can be accepted, days."""

    check_before_use: timedelta = timedelta(days=1)
    """An entity is looked up in the register before it is used, where the last look was so long ago; ISO 8601."""

    check_every: timedelta = timedelta(days=1)
    """How often an entity is looked up in the register by night; ISO 8601."""


class MessagingSettings(BaseSettings):
    """
    Short messages.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_MESSAGING_", frozen=True, use_attribute_docstrings=True
    )

    sms_url: HttpUrl | None = None
    """SMS gateway, or the simulator of `tongban simulate sms`; empty: messages wait."""

    is_simulated: bool = False
    """The gateway is the simulator: a page shows what reached the phones, so that a newcomer finds the codes."""

    sms_app_id: str = "tongban"
    """Name of this node at the gateway."""

    sms_secret: SecretStr = SecretStr("demo-sms-secret")
    """Key of the signatures at the gateway."""


class AuthoritySettings(BaseSettings):
    """
    Authorities that say whether facts about a person are right: registers, operator, bank, camera.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_AUTHORITY_", frozen=True, use_attribute_docstrings=True
    )

    url: HttpUrl | None = None
    """Where they are asked, or the simulator of `tongban simulate authority`; empty: nothing can be checked."""

    is_simulated: bool = False
    """It is the simulator: a page lets a newcomer hold a made-up face before the camera."""

    own_population: bool = False
    """Whether the node's own population register answers first, and the authority only what that does not know."""

    app_id: str = "tongban"
    """Name of this node at the authorities."""

    secret: SecretStr = SecretStr("demo-authority-secret")
    """Key of the signatures at the authorities."""

    deadline: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=1))] = timedelta(seconds=3)
    """Longest wait for an answer; ISO 8601."""

    failures: Annotated[int, Field(ge=1)] = 3
    """After so many failures in a row an authority is left alone."""

    pause: timedelta = timedelta(seconds=30)
    """For how long; then one question tries it again. ISO 8601."""


class DocumentSettings(BaseSettings):
    """
    Uploads and documents.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_DOCUMENTS_", frozen=True, use_attribute_docstrings=True
    )

    largest_upload_bytes: Annotated[int, Field(ge=1024)] = 20 * 1024 * 1024
    """Largest file a person may upload, bytes."""

    clamd_address: str = ""
    """Virus scanner as host:port; empty: uploads are not scanned for viruses."""


class OutgoingSettings(BaseSettings):
    """
    Requests that the node sends to addresses which its users have chosen.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_OUTGOING_", frozen=True, use_attribute_docstrings=True
    )

    ports: Annotated[str, StringConstraints(pattern=r"^[0-9, ]*$")] = "443"
    """Ports on the internet that may be asked, by https, separated by commas."""

    networks: str = ""
    """Networks of your own that may be asked although they are not public, separated by commas: 10.1.0.0/16,
    10.2.0.7:8443, [fd00:1::]/64; with http too. Empty: none."""

    ca_file: Path | None = None
    """Certificates of authorities to trust beside those of the system, PEM."""


class PrivacySettings(BaseSettings):
    """
    What people may ask for concerning their own data, and how long things are kept.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_PRIVACY_", frozen=True, use_attribute_docstrings=True
    )

    answer_within_days: Annotated[int, Field(ge=1, le=60)] = 15
    """Working days in which an agency answers an objection to a look."""

    copy_kept_for: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=30))] = timedelta(days=3)
    """How long a copy of one's data can be downloaded; ISO 8601."""

    second_thoughts: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(days=7)
    """Time between asking for an account to be closed and closing it; ISO 8601."""

    drafts_kept_days: Annotated[int, Field(ge=30, le=3650)] = 180
    """Days after which a person's draft that nobody touched is deleted."""

    drafts_warned_days: Annotated[int, Field(ge=1, le=90)] = 14
    """Days before that on which the person is told."""

    client_drafts_kept_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days after which a draft of another system that nobody touched is deleted."""

    submitted_answers_kept_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days after which what a submitted draft repeats of the case is emptied."""


class KeySettings(BaseSettings):
    """
    Where the key lies that the node's keys are wrapped with.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_KEYS_", frozen=True, use_attribute_docstrings=True)

    kms_url: HttpUrl | None = None
    """Key management service (KMS), https://…; empty: `keys.json` holds the keys as they are."""

    kms_key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,128}$")] = "tongban"
    """Name of the key in the KMS that wraps the node's keys."""

    kms_token: SecretStr = SecretStr("")
    """Token by which the KMS knows this node."""

    kms_former_token: SecretStr = SecretStr("")
    """Token at the KMS that the keys were wrapped by until now, while `tongban keys wrap` changes over to another;
    empty: the same as `kms_token`."""

    kms_timeout: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Seconds until a question to the KMS is given up; it is asked three times."""


class AuditSettings(BaseSettings):
    """
    The audit trail.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_AUDIT_", frozen=True, use_attribute_docstrings=True)

    seal_every: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10))] = timedelta(
        seconds=5
    )
    """So often new entries are sealed into a block of the chain; ISO 8601."""

    keep_days: Annotated[int, Field(ge=183, le=36500)] = 1095
    """Days for which entries stay in the database, at least six months (网络安全法 art. 21); then a month may be
    dropped by command, after its export."""

    anchor_url: HttpUrl | None = None
    """Server of somebody else's that keeps the daily anchor, asked by POST; empty: file and log only."""


class SecuritySettings(BaseSettings):
    """
    Security events.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_SECURITY_", frozen=True, use_attribute_docstrings=True
    )

    alarm_url: HttpUrl | None = None
    """Web address that alarms are sent to besides the staff on duty, by POST, signed with HMAC-SM3; empty: none."""

    alarm_secret: SecretStr = SecretStr("demo-alarm-secret")
    """Key of the signatures of alarms."""


class FederationSettings(BaseSettings):
    """
    One login with other nodes and other platforms.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_FEDERATION_", frozen=True, use_attribute_docstrings=True
    )

    topology: Path | None = None
    """File (TOML) that says in which mode accounts are kept and which nodes and platforms are trusted; empty: none."""

    question_seconds: Annotated[float, Field(gt=0, le=30)] = 2.0
    """How long the other nodes together may take to say which cases of a person they have."""

    demo_authenticator: HttpUrl | None = None
    """Simulated platforms of `tongban simulate authenticator`, for a demonstration; empty: none."""

    authenticator_id: str = "tongban"
    """Name of this node at the simulated platforms."""

    authenticator_secret: SecretStr = SecretStr("demo-authenticator-secret")
    """Key of this node at the simulated platforms."""


class KeyStoreName(StrEnum):
    """
    密钥存放位置.
    """

    SEALED = "sealed"
    SERVICE = "service"


class TrustSettings(BaseSettings):
    """
    Keys that sign, certificates and time-stamps.
    """

    model_config = SettingsConfigDict(env_prefix="TONGBAN_TRUST_", frozen=True, use_attribute_docstrings=True)

    key_store: KeyStoreName = KeyStoreName.SEALED
    """Where new keys are made: `sealed` in the node's database under its own keys, `service` in the signature server
    of `signer_url`. Keys made before stay where they are."""

    signer_url: HttpUrl | None = None
    """Signature server (签名验签服务器), or the simulator of `tongban simulate signer`; empty: none."""

    signer_app_id: str = "tongban"
    """Name of this node at the signature server."""

    signer_secret: SecretStr = SecretStr("demo-signer-secret")
    """Key of this node at the signature server."""

    signer_timeout: Annotated[float, Field(gt=0, le=30)] = 3.0
    """Seconds until a question to the signature server is given up."""

    timestamp_url: HttpUrl | None = None
    """Outside time-stamp service (RFC 3161); empty: this node stamps."""

    timestamp_timeout: Annotated[float, Field(gt=0, le=30)] = 5.0
    """Seconds until a question to the time-stamp service is given up."""

    stamps_for_others: bool = True
    """Whether this node stamps for everybody who asks at /trust/timestamp."""


class ExchangeSettings(BaseSettings):
    """
    Exchange of data with other nodes.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_EXCHANGE_", frozen=True, use_attribute_docstrings=True
    )

    silent_minutes: Annotated[int, Field(ge=2, le=1440)] = 10
    """Minutes a stream may be held up, or a sender silent, before it counts as stuck and operators are told."""

    keep_days: Annotated[int, Field(ge=31, le=3650)] = 400
    """Days for which entries and receipts are kept at least; whoever needs older ones is sent a snapshot."""

    nats_servers: str = ""
    """Addresses of a NATS JetStream cluster by which nodes exchange, with commas between; empty: straight by HTTPS.
    All nodes that exchange with each other choose the same. Needs the extra `nats`."""

    nats_replicas: Annotated[int, Field(ge=1, le=5)] = 3
    """Servers of that cluster that keep each message."""


class CaseworkSettings(BaseSettings):
    """
    Cases.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_CASEWORK_", frozen=True, use_attribute_docstrings=True
    )

    archive_after_days: Annotated[int, Field(ge=0, le=36500)] = 90
    """Days after its end on which a case is archived, by night; applicants can still see and rate it then."""


class LicenceSettings(BaseSettings):
    """
    Licences.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_LICENCES_", frozen=True, use_attribute_docstrings=True
    )

    remind_days: Annotated[int, Field(ge=1, le=365)] = 60
    """Days before a licence runs out on which its holder is reminded, once."""

    idle_type_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days after which a type in use, of which none was issued in that time, counts as a dead one."""


class RegisterSettings(BaseSettings):
    """
    Base registers.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_REGISTERS_", frozen=True, use_attribute_docstrings=True
    )

    sent_up: str = "ENTITY,ADDRESS,CREDIT,LICENCE"
    """Registers whose records the parent node receives, separated by commas. POPULATION only where it is so
    decided: a question answers most needs, and a copy of everybody does not."""

    answer_within_days: Annotated[int, Field(ge=1, le=60)] = 10
    """Working days in which the source of a datum answers who says that it is wrong: as for a request for data
    (国发〔2016〕51号)."""

    remind_before_days: Annotated[int, Field(ge=0, le=30)] = 2
    """Working days before the last one on which the source is reminded."""

    questions_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 600
    """Verifications one asker may make in a minute."""

    wrong_per_day: Annotated[int, Field(ge=1, le=100)] = 5
    """Wrong answers one asker may get about one record in a day; after that it answers nothing."""


class DatasetSettings(BaseSettings):
    """
    Resource catalogue.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_DATASETS_", frozen=True, use_attribute_docstrings=True
    )

    remind_before_days: Annotated[int, Field(ge=0, le=14)] = 3
    """Working days before the last one on which an agency is reminded that its catalogue is due after a change; the
    term itself, 15 working days, is not a setting."""


class SharingSettings(BaseSettings):
    """
    Data services.
    """

    model_config = SettingsConfigDict(
        env_prefix="TONGBAN_SHARING_", frozen=True, use_attribute_docstrings=True
    )

    check_days: Annotated[int, Field(ge=1, le=10)] = 2
    """Working days in which a request for data is looked at by the reviewer of data."""

    answer_days: Annotated[int, Field(ge=1, le=10)] = 10
    """Working days in which the provider answers a request for data, at most ten (国发〔2016〕51号); rules of an area
    may ask for fewer where the data are published already."""

    calls_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """Calls of one system to one data service in a minute."""

    keep_days: Annotated[int, Field(ge=183, le=36500)] = 1095
    """Days for which the evidence of calls stays, as long as the audit trail by default and at least six months
    (网络安全法 art. 21); then whole months of it are dropped by night."""


run = RunSettings()
node = NodeSettings()
identity = IdentitySettings()
rates = RateSettings()
waiting = WaitingSettings()
mandates = MandateSettings()
messaging = MessagingSettings()
authority = AuthoritySettings()
documents = DocumentSettings()
outgoing = OutgoingSettings()
audit = AuditSettings()
security = SecuritySettings()
federation = FederationSettings()
exchange = ExchangeSettings()
casework = CaseworkSettings()
licences = LicenceSettings()
trust = TrustSettings()
keys = KeySettings()
privacy = PrivacySettings()
registers = RegisterSettings()
datasets = DatasetSettings()
sharing = SharingSettings()
