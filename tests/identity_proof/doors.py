"""
The list of every door: pages, operations, selectors, commands and jobs, and how each is proved.

Whoever adds a page, an operation, a selector, a command or a job adds a line here; `test_doors.py` fails until then.

    *by_id(Kind.CASE, "desk:case-show")         opens one thing; a hidden one must answer as one that never was
    *scoped("desk:case-list")                   shows what is the actor's; no secret of anything else may be in it
    *scoped(…, exactly=…)                       … and exactly what the oracle says, no more and no less
    *open_to_all("why", "site:home-show")       shows only what is published, or what was handed in with the question
    *gate("why", "workspace:login")             shows nothing that is kept: forms, log-ins, changes of one's own

A door by id that takes a body gets one as `body=`; a door whose id travels in the query gets `query=`.
`{id}` stands for the id of the thing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.factories.identity import PASSWORD
from tests.identity_proof import oracle
from tests.identity_proof.world import Kind, Thing, World
from tongban.foundation.actors import Actor

Expected = Callable[[World, Actor], set[str]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Door:
    """
    A way by which something can be shown.
    """

    name: str
    """Name of the address, operation id, dotted name of a selector, name of a command or job."""
    kind: Kind | None = None
    """What it opens, by id."""
    exactly: Expected | None = None
    """Ids that must be in the answer, and no others of `of`."""
    of: Kind | None = None
    is_public: bool = False
    """What is known or published is shown to everybody; clear personal data still are not."""
    is_gate: bool = False
    reason: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    is_form: bool = False
    """The body is a form with files."""
    known_to: Callable[[Actor, Thing], bool] = oracle.knows
    """Who may learn by it that the thing is there."""


def by_id(
    kind: Kind,
    *names: str,
    body: dict[str, Any] | None = None,
    query: dict[str, str] | None = None,
    is_form: bool = False,
    known_to: Callable[[Actor, Thing], bool] = oracle.knows,
) -> list[Door]:
    """
    Return doors that open one thing by its id.
    """
    return [
        Door(name=name, kind=kind, body=body, query=query or {}, is_form=is_form, known_to=known_to)
        for name in names
    ]


def scoped(
    *names: str, exactly: Expected | None = None, of: Kind | None = None, query: dict[str, str] | None = None
) -> list[Door]:
    """
    Return doors that show what is the actor's.
    """
    return [Door(name=name, exactly=exactly, of=of, query=query or {}) for name in names]


def open_to_all(reason: str, *names: str, query: dict[str, str] | None = None) -> list[Door]:
    """
    Return doors behind which is only what is published, or what was asked for with what it is known by.
    """
    return [Door(name=name, is_public=True, reason=reason, query=query or {}) for name in names]


def gate(reason: str, *names: str) -> list[Door]:
    """
    Return doors that show nothing that is kept.
    """
    return [Door(name=name, is_gate=True, reason=reason) for name in names]


def all_of(kind: Kind) -> Expected:
    """
    Expect all things of a kind that the actor may know of.
    """
    return lambda world, actor: oracle.known_ids(world, actor, kind)


CATALOGUE = "the catalogue is public; what is not in use is shown to its keepers"
IN_HAND = "whoever holds number and code, or the QR code, is told what they say, masked"
FORM = "a form, or a change of what is one's own; nothing kept is shown"
REGISTER = "divisions and agencies are public"
VERSION = {"version": 1}
OFFER = {
    "entity_id": "{id}",
    "name": "李明",
    "number": "19900000123",
    "functions": ["QUERY"],
    "valid_from": "2026-01-01",
    "valid_until": "2099-01-01",
}

PAGES: list[Door] = [
    *open_to_all(
        CATALOGUE,
        "site:home-show",
        "site:search-show",
        "site:suggestion-list",
        "site:theme-list",
        "site:audience-show",
        "site:theme-show",
        "site:agency-list",
        "site:agency-show",
        "site:event-list",
        "site:event-show",
        "site:region-list",
        "site:sitemap-show",
        "site:accessibility-show",
        "site:help-show",
    ),
    *by_id(Kind.OFFERING, "site:item-show", "site:item-print", "apply:draft-start"),
    *open_to_all(IN_HAND, "site:progress-show", "site:verification-ask", "site:verification-show"),
    *open_to_all("the telephone of the demonstration; it is not there without --demo", "site:phone-show"),
    *open_to_all("chosen language and size of letters", "site:language-set", "site:elder-set"),
    *open_to_all("whether the node is well", "healthz", "readyz", "metrics"),
    *open_to_all("documentation of the interface", "api-docs", "api-errors"),
    *gate(
        FORM,
        "workspace:login",
        "workspace:login-factor",
        "workspace:login-enrol",
        "workspace:login-go-on",
        "workspace:login-password",
        "workspace:logout",
        "workspace:register",
        "workspace:register-code",
        "workspace:register-details",
        "workspace:reset",
        "workspace:reset-password",
        "workspace:password-change",
        "workspace:mobile-change",
        "workspace:mobile-code",
        "workspace:device-end-all",
        "workspace:factor-add",
        "workspace:factor-codes",
        "workspace:factor-confirm",
    ),
    *scoped(
        "workspace:home",
        "workspace:account-show",
        "workspace:account-reveal",
        "workspace:factor-list",
        "workspace:device-list",
        "workspace:case-list",
        "workspace:licence-list",
        "workspace:message-list",
        "workspace:message-read-all",
    ),
    *by_id(
        Kind.CASE,
        "workspace:case-show",
        "workspace:case-correct",
        "workspace:case-withdraw",
        "engagement:rating-give",
    ),
    *by_id(Kind.CASE, "workspace:correction-upload", is_form=True),
    *by_id(Kind.WAITING_FILE, "workspace:correction-remove"),
    *by_id(Kind.LICENCE, "workspace:licence-show"),
    *by_id(Kind.MESSAGE, "workspace:message-show"),
    *by_id(
        Kind.DRAFT,
        "apply:draft-show",
        "apply:draft-autosave",
        "apply:draft-discard",
        "apply:draft-submit",
        "apply:receipt-show",
        "apply:step-show",
    ),
    *by_id(Kind.DRAFT, "apply:file-upload", is_form=True),
    *by_id(Kind.DRAFT_FILE, "apply:file-remove"),
    *scoped("apply:draft-resume"),
    *by_id(Kind.FILE, "documents:file-download"),
    *scoped(
        "desk:inbox-show", "desk:done-list", "desk:accept-start", "desk:licence-list", "desk:search-report"
    ),
    *scoped("desk:case-list", "desk:accept-form"),
    *by_id(Kind.CASE, "desk:case-list", query={"q": "{id}"}),
    *by_id(Kind.LICENCE, "desk:licence-list", query={"q": "{id}"}),
    *by_id(
        Kind.CASE,
        "desk:accept-receipt",
        "desk:case-show",
        "desk:case-panel",
        "desk:case-reveal",
        "desk:work-claim",
        "desk:work-hand-over",
        "desk:work-conclude",
        "desk:case-act",
        body={"purpose": "核对"},
    ),
    *by_id(Kind.LICENCE, "desk:licence-show", "desk:licence-act"),
    *gate(
        FORM,
        "workspace:level-prove",
        "workspace:level-check",
        "workspace:level-face",
        "workspace:level-face-begin",
        "workspace:level-certificate",
        "workspace:level-certificate-begin",
        "workspace:merge",
        "workspace:acting-set",
        "workspace:entity-register",
        "workspace:data-copy",
        "workspace:data-close",
        "workspace:data-cancel-closing",
        "desk:certify-start",
        "desk:certify-card",
        "desk:certify-code",
        "desk:certify-receipt",
        "desk:guardian-record",
        "desk:relative-record",
        "desk:mandate-find",
        "desk:mandate-end",
        "desk:account-new",
        "federation:link",
        "federation:unlink",
        "federation:confirm",
    ),
    *scoped(
        "workspace:level-show",
        "workspace:acting-show",
        "workspace:entity-list",
        "workspace:mandate-list",
        "workspace:case-everywhere",
        "workspace:ledger-show",
        "workspace:ledger-export",
        "workspace:data-show",
        "federation:links",
    ),
    *by_id(Kind.ENTITY, "workspace:entity-show"),
    *by_id(
        Kind.MANDATE,
        "workspace:mandate-show",
        "workspace:mandate-print",
        "workspace:mandate-answer",
        "workspace:mandate-end",
    ),
    *by_id(Kind.LOOK, "workspace:ledger-object"),
    *by_id(Kind.COPY, "workspace:data-download"),
    *by_id(Kind.OBJECTION, "desk:objection-show"),
    *scoped("desk:objection-list", exactly=all_of(Kind.OBJECTION), of=Kind.OBJECTION),
    *scoped("desk:stock-list", exactly=all_of(Kind.STOCK), of=Kind.STOCK),
    *by_id(Kind.STOCK, "desk:stock-decide", body={"answer": "other"}),
    *scoped("desk:account-list", "desk:account-export", "desk:account-resets"),
    *scoped("desk:client-list", exactly=all_of(Kind.CLIENT), of=Kind.CLIENT),
    *gate(FORM, "desk:client-new", "desk:party-new", "desk:application-new"),
    *by_id(Kind.CLIENT, "desk:client-show"),
    *scoped("desk:login-list", exactly=all_of(Kind.PARTY), of=Kind.PARTY),
    *by_id(Kind.PARTY, "desk:party-show"),
    *scoped("desk:application-show"),
    *by_id(Kind.STAFF, "desk:account-show", "desk:account-act"),
    *by_id(Kind.ABSENCE, "desk:account-absence-end"),
    *by_id(Kind.RESET, "desk:account-reset-approve"),
    *by_id(Kind.SESSION, "workspace:device-end", body={"sign_in_id": "{id}"}),
    *by_id(Kind.FACTOR, "workspace:factor-remove", body={"factor_id": "{id}", "password": PASSWORD}),
    *by_id(Kind.CONSENT, "federation:consent-withdraw", body={"consent_id": "{id}"}),
    *by_id(Kind.ENTITY, "workspace:mandate-offer", query={"entity": "{id}"}),
    *scoped("desk:audit-list", "desk:audit-export", of=Kind.ENTRY),
    *scoped("desk:security-list", "desk:security-rules", "desk:security-contact", "desk:limit-list"),
    *scoped("desk:message-list", "desk:message-read-all"),
    *by_id(Kind.EVENT, "desk:security-event", "desk:security-acknowledge", "desk:security-close"),
    *gate(
        "speaks the protocols of one login with other systems; shows a person to himself after his consent",
        "federation:authorize",
        "federation:consent",
        "federation:token",
        "federation:revoke",
        "federation:user-info",
        "federation:logout",
        "federation:logout-confirm",
        "federation:begin",
        "federation:come-back",
        "federation:arrive",
        "federation:go-home",
        "federation:hear-logout",
        "federation:ticket-authorize",
        "federation:ticket-consent",
        "federation:ticket-interface",
    ),
    *gate(
        "other nodes only, each request signed; proved in tests/integration/support/federation",
        "federation:node-cases",
        "federation:node-persons",
    ),
    *open_to_all(
        "published for those who join by OpenID Connect", "federation:configuration", "federation:jwks"
    ),
]

OPERATIONS: list[Door] = [
    *gate(
        FORM,
        "createToken",
        "revokeToken",
        "createSession",
        "sendCode",
        "verifyCode",
        "registerPerson",
        "changePassword",
        "resetPassword",
        "registerPersonAtCounter",
        "publishOffering",
        "saveLexiconPhrase",
        "disableLexiconPhrase",
        "startDraft",
        "submitCase",
    ),
    *scoped("getMe"),
    *open_to_all(CATALOGUE, "listOfferings", "listThemes", "suggestQueries"),
    *open_to_all(CATALOGUE, "searchOfferings", query={"q": "许可"}),
    *by_id(Kind.OFFERING, "getGuide", "listVersions"),
    *open_to_all(REGISTER, "listDivisions", "listAgencies"),
    *open_to_all(IN_HAND, "getProgress", "verifyLicence", "verifyToken", "verifyFile"),
    *by_id(Kind.DRAFT, "getDraft", "submitDraft"),
    *by_id(Kind.DRAFT_FILE, "removeDraftFile"),
    *by_id(Kind.DRAFT, "changeDraft", body={"answers": {"shop_name": "x"}}),
    *by_id(Kind.DRAFT, "uploadDraftFile", body={"material_code": "floor_plan"}, is_form=True),
    *scoped("listCases", exactly=all_of(Kind.CASE), of=Kind.CASE),
    *by_id(Kind.CASE, "getCase", query={"details": "true"}),
    *by_id(Kind.CASE, "getTimeline", "getClock", "listNotices", "verifyCaseLedger"),
    *by_id(Kind.CASE, "revealCase", body={"purpose": "核对"}),
    *by_id(Kind.CASE, "passPreCheck", "acceptCase", body=VERSION),
    *by_id(
        Kind.CASE,
        "requestCorrection",
        body={"items": [{"material_code": "floor_plan", "name": "平面图", "reason": "不清晰"}]},
    ),
    *by_id(Kind.CASE, "correctCase", body={"form": {"shop_name": "x"}}),
    *by_id(Kind.CASE, "refuseAcceptance", "withdrawCase", "voidCase", body={"reason": "演示"}),
    *by_id(
        Kind.CASE,
        "startSpecialProcedure",
        body={
            "kind": "HEARING",
            "name": "听证",
            "reason": "申请",
            "basis": "许可法第四十七条",
            "limit": {"amount": 5, "unit": "WORKING_DAY"},
        },
    ),
    *by_id(Kind.CASE, "endSpecialProcedure", body={"result": "通过"}),
    *by_id(Kind.CASE, "extendCase", body={"days": 5, "reason": "复杂"}),
    *by_id(Kind.CASE, "deliverCase", body={"way": "counter", "recipient": "王明"}),
    *by_id(Kind.CASE, "passOnCase", body={"to_agency": "示例局", "reason": "职权"}),
    *by_id(Kind.CASE, "rateCase", body={"stars": 5}),
    *by_id(Kind.CASE, "uploadCaseFile", body={}, is_form=True),
    *by_id(Kind.FILE, "getFile"),
    *scoped("listWorkItems", exactly=oracle.own_work, of=Kind.WORK_ITEM),
    *by_id(Kind.WORK_ITEM, "listWorkItems", query={"case_number": "{case}"}),
    *by_id(Kind.WORK_ITEM, "getWorkItem", "claimWorkItem"),
    *by_id(Kind.WORK_ITEM, "handOverWorkItem", body={"to_account": "00000000-0000-4000-8000-0000000000aa"}),
    *by_id(Kind.WORK_ITEM, "concludeWorkItem", body={"outcome": "PASS", "opinion": "同意"}),
    *scoped("listLicences", exactly=all_of(Kind.LICENCE), of=Kind.LICENCE),
    *by_id(Kind.LICENCE, "listLicences", query={"q": "{id}"}),
    *by_id(Kind.LICENCE, "getLicence"),
    *by_id(
        Kind.LICENCE,
        "suspendLicence",
        "resumeLicence",
        "revokeLicence",
        "cancelLicence",
        body={"reason": "演示", "legal_basis": "许可法第六十九条"},
        known_to=oracle.knows_or_changes_licence,
    ),
    *by_id(
        Kind.LICENCE,
        "amendLicence",
        body={
            "reason": "演示",
            "legal_basis": "许可法第四十九条",
            "case_number": "X-1",
            "face": {"shop": "新店"},
        },
        known_to=oracle.knows_or_changes_licence,
    ),
    *scoped("listMessages", exactly=all_of(Kind.MESSAGE), of=Kind.MESSAGE),
    *scoped("countUnreadMessages"),
    *by_id(Kind.MESSAGE, "getMessage", "markMessageRead"),
    *scoped("getAssurance", "listDataRequests", "listMyObjections"),
    *scoped("listLooks"),
    *gate(
        FORM,
        "proveByData",
        "sendCheckCode",
        "beginFaceCheck",
        "beginCertificateCheck",
        "checkAnew",
        "askForCopy",
        "askForClosing",
        "cancelClosing",
        "registerRelyingParty",
    ),
    *scoped("listSystems", exactly=all_of(Kind.CLIENT), of=Kind.CLIENT),
    *by_id(Kind.CLIENT, "rotateSystemSecret", body={"overlap_hours": 1}),
    *by_id(Kind.CLIENT, "restrictSystem", body={"networks": []}),
    *by_id(Kind.CLIENT, "assignSystem", body={"responsible": "nobody"}),
    *scoped("listRelyingParties", exactly=all_of(Kind.PARTY), of=Kind.PARTY),
    *by_id(Kind.PARTY, "renewRelyingPartySecret", "disableRelyingParty"),
    *by_id(Kind.LOOK, "raiseObjection", body={"words": "为什么看"}),
    *scoped("listObjections", exactly=all_of(Kind.OBJECTION), of=Kind.OBJECTION),
    *by_id(Kind.OBJECTION, "answerObjection", body={"finding": "JUSTIFIED", "answer": "办理需要"}),
    *by_id(Kind.COPY, "getCopy"),
    *scoped("listLegalEntities", exactly=all_of(Kind.ENTITY), of=Kind.ENTITY),
    *scoped("listPrincipals", "listMandates"),
    *by_id(Kind.ENTITY, "listMandatesOfLegalEntity"),
    *by_id(Kind.MANDATE, "getMandate"),
    *by_id(Kind.MANDATE, "answerMandate", body={"answer": "ACCEPT"}),
    *by_id(Kind.MANDATE, "endMandate"),
    *gate(FORM, "registerLegalEntity"),
    *by_id(Kind.ENTITY, "offerMandate", body=OFFER),
    *gate(
        "a clerk writes down what lies before him, or ends by evidence the mandate that the evidence names",
        "establishGuardianship",
        "sendConsentCode",
        "establishRelative",
        "findMandates",
        "endMandateByClerk",
    ),
]

CASEWORK = "tongban.business.casework.selectors."
LICENCES = "tongban.business.licences.selectors."
HANDLING = "tongban.business.handling.selectors."
CATALOGUE_APP = "tongban.business.catalogue.selectors."
APPLY = "tongban.portal.apply.selectors."
REGISTERS = "tongban.resources.registers.selectors."
DOCUMENTS = "tongban.support.documents.selectors."
IDENTITY = "tongban.support.identity.selectors."
MESSAGING = "tongban.support.messaging.selectors."
SEARCH = "tongban.support.search.selectors."
FEDERATION = "tongban.support.federation.selectors."
MANDATES = "tongban.support.mandates.selectors."
PRIVACY = "tongban.support.privacy.selectors."
SECURITY = "tongban.support.security.selectors."
WORKSPACE = "tongban.portal.workspace.selectors."


def within(app: str, *names: str) -> Iterable[str]:
    """
    Return the dotted names of an app's selectors.
    """
    return tuple(app + name for name in names)


SELECTORS: list[Door] = [
    *by_id(Kind.CASE, *within(CASEWORK, "case_by_number", "case_json", "timeline_of")),
    *by_id(Kind.CASE, *within(CASEWORK, "may_read_case", "may_open_files")),
    *by_id(Kind.CASE, *within(CASEWORK, "open_cases_of", "rated_numbers")),
    *by_id(Kind.CASE, *within(LICENCES, "licences_of_case")),
    *scoped(*within(CASEWORK, "cases", "cases_json", "inbox"), exactly=all_of(Kind.CASE), of=Kind.CASE),
    *scoped(*within(CASEWORK, "inbox_counts", "sees_cases", "level_if_submitted")),
    *by_id(Kind.WORK_ITEM, *within(HANDLING, "work_item", "is_reported", "open_item_of", "item_to_work_on")),
    *scoped(*within(HANDLING, "work_items"), exactly=oracle.own_work, of=Kind.WORK_ITEM),
    *scoped(*within(HANDLING, "work_counts", "done_items")),
    *by_id(Kind.LICENCE, *within(LICENCES, "licence_detail")),
    *scoped(*within(LICENCES, "search_licences", "wallet_of"), exactly=all_of(Kind.LICENCE), of=Kind.LICENCE),
    *by_id(
        Kind.OFFERING,
        *within(
            CATALOGUE_APP,
            "guide",
            "offering_by_code",
            "offering_terms",
            "offering_versions",
            "offerings_by_codes",
        ),
        *within(APPLY, "offering"),
    ),
    *scoped(*within(CATALOGUE_APP, "browse", "catalogue_counts", "search_documents")),
    *open_to_all("code lists of the nation", *within(CATALOGUE_APP, "code_list")),
    *by_id(Kind.DRAFT, *within(APPLY, "draft", "may_touch_draft")),
    *scoped(*within(APPLY, "open_drafts", "own_drafts"), exactly=all_of(Kind.DRAFT), of=Kind.DRAFT),
    *open_to_all(
        REGISTER,
        *within(
            REGISTERS,
            "division_by_code",
            "divisions_inside",
            "divisions_below",
            "agency_by_code",
            "agencies_by_published_code",
            "agencies_inside",
            "known_agency_codes",
            "known_division_codes",
            "agency_names",
            "english_agency_names",
        ),
    ),
    *by_id(Kind.FILE, *within(DOCUMENTS, "files_of")),
    *by_id(Kind.PERSON, *within(IDENTITY, "person_ref", "contact_of")),
    *scoped(*within(IDENTITY, "clients"), exactly=all_of(Kind.CLIENT), of=Kind.CLIENT),
    *scoped(
        *within(
            IDENTITY,
            "assurance",
            "devices",
            "own_addresses",
            "own_factors",
            "persons_addressed",
            "profile",
            "find_staff",
            "staff_by_ids",
            "staff_of_agency",
        )
    ),
    *gate("makes an actor of one, and shows nothing", *within(IDENTITY, "acting_by")),
    *scoped(
        *within(
            IDENTITY,
            "account_acts",
            "all_staff",
            "may_keep_clients",
            "may_list_staff",
            "may_name_substitutes",
            "may_open_accounts",
            "may_read_limits",
            "missing_administrators",
            "pending_merges",
            "staff_at_work",
            "staff_on_duty",
            "security_limits",
            "staff_page",
            "waiting_resets",
        )
    ),
    *by_id(Kind.STAFF, *within(IDENTITY, "staff_detail", "clients_of")),
    *scoped(*within(IDENTITY, "disputed_stock"), exactly=all_of(Kind.STOCK), of=Kind.STOCK),
    *scoped(
        *within(FEDERATION, "consents", "has_consented", "links", "may_keep_parties", "ticket_applications")
    ),
    *scoped(*within(FEDERATION, "relying_parties"), exactly=all_of(Kind.PARTY), of=Kind.PARTY),
    *scoped(*within(MANDATES, "choices", "given", "is_agent_of", "my_entities", "offered", "received")),
    *by_id(Kind.ENTITY, *within(MANDATES, "entity", "entity_log", "given_by_entity", "representative_of")),
    *by_id(Kind.MANDATE, *within(MANDATES, "mandate")),
    *scoped(
        *within(
            PRIVACY, "closing_preview", "my_requests", "my_objections", "sees_objections", "waiting_count"
        )
    ),
    *by_id(Kind.LOOK, *within(PRIVACY, "objected_looks")),
    *scoped(*within(PRIVACY, "ledger", "whole_ledger")),
    *by_id(Kind.LOOK, *within(PRIVACY, "look")),
    *by_id(Kind.OBJECTION, *within(PRIVACY, "objection")),
    *scoped(*within(PRIVACY, "objections_to_answer")),
    *scoped(*within(SECURITY, "audit_entries", "chain_state"), of=Kind.ENTRY),
    *scoped(
        *within(
            SECURITY,
            "alarm_mobile",
            "events",
            "may_read_audit",
            "may_read_events",
            "open_events",
            "rules",
            "security_counts",
        )
    ),
    *by_id(Kind.EVENT, *within(SECURITY, "event_fact")),
    *scoped(*within(WORKSPACE, "own_cases")),
    *by_id(Kind.MESSAGE, *within(MESSAGING, "message")),
    *scoped(*within(MESSAGING, "inbox", "readable"), exactly=all_of(Kind.MESSAGE), of=Kind.MESSAGE),
    *scoped(*within(MESSAGING, "unread_count")),
    *scoped(*within(MESSAGING, "text_counts"), of=Kind.TEXT),
    *scoped(*within(MESSAGING, "notices", "readable_notices", "unread_notices")),
    *by_id(Kind.TEXT, *within(MESSAGING, "text_status")),
    *scoped(*within(SEARCH, "unanswered_searches"), exactly=all_of(Kind.SEARCH), of=Kind.SEARCH),
    *scoped(*within(SEARCH, "may_read_report")),
    *open_to_all(CATALOGUE, *within(SEARCH, "search", "suggest")),
]

UNSCOPED: dict[str, Iterable[str]] = {
    "reckons with what it is handed, and asks for nothing that is kept": (
        *within(CASEWORK, "explaining.explain", "explaining.sentence", "explaining.shown_day"),
        *within(CASEWORK, "forecast.dates_if_submitted", "lists.last_soon_day", "lists.light"),
        *within(CASEWORK, "details.look_at", "showing.due_state", "showing.timeline_entries"),
        *within(CATALOGUE_APP, "browsing.summary_of", "guides.label_of", "guides.versioned_row"),
        *within(LICENCES, "holding.thing_of", "masking.public_name", "verification.verification_url"),
        *within(
            APPLY, "drafts.complaints_of", "drafts.progress_qr", "fields.answers_of", "fields.field_groups"
        ),
        *within(APPLY, "fields.in_language", "fields.shown_answer"),
        *within(FEDERATION, "parties.application_facts", "parties.party_facts", "parties.words_of"),
        *within(IDENTITY, "actors.digest_of_token", "actors.longest_idle"),
        *within(IDENTITY, "clients.client_facts"),
        *within(MANDATES, "entities.log_lines"),
        *within(MANDATES, "reading.addressed_to", "reading.parties_of", "reading.state_of"),
        *within(SEARCH, "statements.condition", "statements.items_by_code", "statements.items_of_names"),
        *within(SEARCH, "statements.names_by_body", "statements.names_by_letters"),
        *within(SEARCH, "statements.names_by_sound", "statements.names_by_words"),
    ),
    IN_HAND: (
        *within(CASEWORK, "details.progress"),
        *within(LICENCES, "verification.verify_by_identifier", "verification.verify_by_number"),
        *within(LICENCES, "verification.verify_by_token", "verification.verify_file"),
    ),
    "finds out who asks, so that nobody has asked yet": (
        *within(IDENTITY, "actors.actor_for_session", "actors.actor_for_token", "actors.actor_of"),
        *within(IDENTITY, "actors.actor_of_account", "actors.open_session", "actors.own_session"),
        *within(IDENTITY, "actors.sign_in_of", "stock.has_pending_merges", "one_login.actor_of_person"),
        *within(IDENTITY, "one_login.ended_sign_ins", "one_login.is_signed_in", "one_login.sign_in_facts"),
        *within(FEDERATION, "sessions.is_login_open", "sessions.is_session_of"),
        *within(MANDATES, "acting.principal_of"),
    ),
    "published, or how this node is set up": (
        *within(FEDERATION, "keys.published_keys", "keys.verification_key", "links.login_choices"),
        *within(FEDERATION, "links.trusted_nodes", "parties.find_party"),
        *within(SEARCH, "knowledge.current", "knowledge.refreshed"),
    ),
    "for the node's own services and jobs, which ask in nobody's name; test_read_paths looks at what they hand out": (
        *within(CASEWORK, "holding.cases_of", "holding.count_cases_of", "holding.count_open_cases_of"),
        *within(CASEWORK, "holding.files_of_cases"),
        *within(APPLY, "holding.count_drafts", "holding.drafts_of", "holding.files_of_drafts"),
        *within(DOCUMENTS, "count_uploaded_by", "uploaded_by"),
        *within(MESSAGING, "count_messages", "messages_of"),
        *within(FEDERATION, "keys.current_signing_key", "links.home_of"),
        *within(IDENTITY, "assurance.level_of", "people.account_of"),
        *within(SECURITY, "events.rules_in_force"),
        "tongban.support.seals.selectors.is_sealed_here",
    ),
}
"""Public functions of selectors that take no actor, by why there is no unscoped path in them."""

TAKE_IDS = {
    "createSession": "a mandate beside the password of the one it was given to; asked for after the password",
    "registerPerson": "what the node handed out a moment ago, and a random number nobody else has",
    "submitCase": "the draft of the actor's, or a random number to be; tried in tests/identity_proof/attacks",
    "verifyLicence": "verification is public",
    "endMandateByClerk": "a clerk ends what lies before him on paper",
    "desk:mandate-end": "a clerk ends what lies before him on paper",
}
"""Doors that take an id and need not be by_id, and why."""

STATES = "changes states and dates of what is there; shows nothing"
ITS_OWNERS = (
    "writes to whom the thing belongs: his inbox, his mobile, the files of his case; test_read_paths looks"
)
OWN_HAND = (
    "for who has the machine and its keys; says counts, codes and names of systems, and a new secret once"
)

JOBS: list[Door] = [
    *gate(
        STATES,
        "apply.discard_abandoned_drafts",
        "apply.keep_drafts",
        "casework.archive",
        "casework.ensure_partitions",
        "casework.recompute_deadlines",
        "casework.sweep",
        "config.retry_stalled_jobs",
        "documents.sweep_storage",
        "federation.clear_lapsed",
        "federation.end_relying_sessions",
        "federation.forget_nonces",
        "foundation.anchor_audit",
        "foundation.forget_answers",
        "identity.clear_expired",
        "identity.turn_absences",
        "licences.expire_due",
        "licences.queue_missing_documents",
        "mandates.check_entities",
        "messaging.collect_reports",
        "privacy.close_due_accounts",
        "privacy.escalate_late",
        "privacy.lapse_copies",
        "security.verify_trail",
        "security.watch_trail",
    ),
    *gate(
        ITS_OWNERS,
        "casework.render_notice",
        "licences.render_licence",
        "messaging.send_due_texts",
        "messaging.send_text",
        "privacy.make_copy",
    ),
    *gate(
        "tells systems that a log-in ended, and the node of one's city that one registered; each configured and signed",
        "federation.push_person",
        "federation.tell_logout",
        "federation.tell_ticket_logout",
    ),
    *gate(
        "tells the security administrators' address which rule was broken, by kind and count",
        "security.send_alarms",
    ),
]
COMMANDS: list[Door] = [
    *gate(
        OWN_HAND,
        "anchor-audit",
        "archive-audit",
        "assign-client",
        "calendar",
        "create-client",
        "create-relying-party",
        "create-staff",
        "create-ticket-application",
        "disable-relying-party",
        "disable-ticket-application",
        "enable-relying-party",
        "enable-ticket-application",
        "import-accounts",
        "import-items",
        "keys",
        "lexicon",
        "list-clients",
        "list-relying-parties",
        "list-ticket-applications",
        "openapi",
        "rebuild-projections",
        "renew-relying-party-secret",
        "renew-ticket-application-key",
        "reset-factor",
        "restrict-client",
        "revoke-client",
        "rotate-client",
        "rotate-signing-keys",
        "simulate",
        "verify-ledger",
    ),
]
