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
ISSUED = "authorities and what they revoked are public, by serial number; names of holders are not in it"
DIRECTORY = "the directory of licences is public; what is being compiled is shown to its keepers"
OPEN_DATA = "only what is published and open to the public"
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
    *open_to_all(OPEN_DATA, "site:open-data-list", "site:open-data-show", "site:open-data-export"),
    *by_id(Kind.OFFERING, "site:item-show", "site:item-print", "apply:draft-start"),
    *open_to_all(IN_HAND, "site:progress-show", "site:verification-ask", "site:verification-show"),
    *open_to_all(IN_HAND, "site:code-check"),
    *gate(
        "the script that keeps a public page, and public keys", "site:code-worker", "site:presentation-keys"
    ),
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
        "workspace:share-list",
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
    *by_id(
        Kind.LICENCE, "workspace:licence-present", "workspace:licence-uses", known_to=oracle.holds_licence
    ),
    *by_id(Kind.SHARE, "workspace:share-show", known_to=oracle.holds_licence),
    *by_id(
        Kind.PRESENTATION,
        "workspace:presentation-show",
        "workspace:presentation-code",
        "workspace:presentation-end",
    ),
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
    *scoped("desk:case-list", "desk:accept-form", "desk:accept-consent"),
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
    *by_id(Kind.SHARE, "desk:shared-licence-show", "desk:shared-licence-seen"),
    *by_id(Kind.CASE, "desk:shared-licence-ask", "desk:licence-elsewhere"),
    *scoped("desk:shared-licence-list"),
    *by_id(Kind.LICENCE, "desk:licence-show", "desk:licence-act", "desk:licence-compare"),
    *scoped("desk:licence-type-list", "desk:licence-type-show", "desk:licence-type-export"),
    *scoped("desk:licence-peers"),
    *scoped("desk:elsewhere-list", "desk:elsewhere-find", "desk:elsewhere-form", "desk:elsewhere-show"),
    *scoped("desk:elsewhere-receipt", "desk:elsewhere-supplement", "desk:elsewhere-deliver"),
    *scoped(
        "data:home", "data:exchange", "data:exchange-link", "data:exchange-feed", "data:exchange-inbound"
    ),
    *scoped(
        "data:datasets", "data:datasets-csv", "data:dataset", "data:dataset-version", "data:datasets-duties"
    ),
    *scoped("data:dataset-edit", "data:dataset-step", "data:dataset-withdraw", "data:dataset-begin"),
    *scoped("data:datasets-export"),
    *gate(FORM, "data:datasets-import", "data:datasets-template"),
    *gate(FORM, "data:dataset-new", "data:dataset-duty-settle"),
    *scoped("data:docking", "data:docking-system", "data:docking-message"),
    *scoped("data:movein", "data:movein-platform", "data:movein-run"),
    *scoped("data:movein-map", "data:movein-act", "data:movein-item", "data:movein-conflict"),
    *gate(FORM, "data:movein-register", "data:registers-load-new"),
    *scoped("data:services", "data:service", "data:requests", "data:request", "data:grants", "data:grant"),
    *scoped("data:sharing-figures", "data:sharing-figures-export", "data:sharing-calls", "data:sharing-keys"),
    *scoped("data:service-edit", "data:service-apply", "data:request-edit"),
    *gate(FORM, "data:service-new", "data:sharing-rules"),
    *gate(
        "what a grant opens to a system; tests of the gateway prove fields, rows and limits", "gateway:call"
    ),
    *gate(FORM, "data:docking-register"),
    *scoped("data:docking-change"),
    *scoped("data:docking-act"),
    *scoped("data:exchange-sent", "data:exchange-received", "data:exchange-find", "data:exchange-act"),
    *scoped("data:library", "data:library-csv", "data:library-case", "data:library-person"),
    *scoped("data:library-quality", "data:library-faults-csv", "data:library-sources", "data:library-export"),
    *scoped("data:library-export-file", "data:library-export-stop"),
    *scoped("data:library-pushback-begin", "data:library-pushback-end"),
    *scoped("data:exchange-errors", "data:exchange-errors-export", "data:exchange-days", "data:exchange-day"),
    *scoped("data:exchange-network"),
    *scoped("data:nodes", "data:nodes-export", "data:node", "data:node-act"),
    *scoped("data:registers", "data:registers-loads", "data:registers-load", "data:registers-load-csv"),
    *scoped("data:registers-matches", "data:registers-match", "data:registers-disputes"),
    *scoped("data:registers-dispute"),
    *gate(FORM, "data:registers-appoint", "data:registers-look", "data:registers-dispute-new"),
    *scoped("desk:licence-quality-list", exactly=all_of(Kind.FINDING), of=Kind.FINDING),
    *scoped("desk:licence-quality-export"),
    *by_id(Kind.FINDING, "desk:licence-quality-show"),
    *scoped("desk:licence-stock-list", exactly=all_of(Kind.LICENCE_BATCH), of=Kind.LICENCE_BATCH),
    *by_id(Kind.LICENCE_BATCH, "desk:licence-stock-show", "desk:licence-stock-report"),
    *by_id(Kind.STOCK_LICENCE, "desk:licence-stock-row"),
    *by_id(
        Kind.TYPE_VERSION,
        "desk:licence-type-version",
        "desk:licence-type-edit",
        "desk:licence-type-preview",
        "desk:licence-type-face",
        "desk:licence-type-step",
    ),
    *gate(
        FORM,
        "desk:licence-stock-new",
        "desk:licence-type-new",
        "desk:licence-type-import",
        "desk:licence-type-begin",
        "desk:licence-type-withdraw",
    ),
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
        "workspace:case-systems",
        "workspace:ledger-show",
        "workspace:ledger-export",
        "workspace:register-data",
        "workspace:register-dispute",
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
    *scoped("desk:certificate-list", "desk:certificate-new", "desk:issuer-list"),
    *by_id(Kind.CERTIFICATE, "desk:certificate-show", "desk:certificate-file"),
    *scoped("desk:seal-list", "desk:seal-apply", "desk:seal-sign"),
    *scoped("desk:signing-list", exactly=all_of(Kind.SIGNING), of=Kind.SIGNING),
    *by_id(Kind.SIGNING, "desk:signing-show"),
    *scoped("desk:batch-list", exactly=all_of(Kind.SEAL_BATCH), of=Kind.SEAL_BATCH),
    *by_id(Kind.SEAL_BATCH, "desk:batch-show", "desk:batch-stop", "desk:batch-archive"),
    *gate("shows the pages of a file that was handed in with the question", "desk:seal-preview"),
    *scoped("desk:signing-new", "desk:batch-new", "desk:batch-upload"),
    *gate(FORM, "desk:batch-remove"),
    *by_id(
        Kind.SEAL,
        "desk:seal-show",
        "desk:seal-apply-next",
        "desk:seal-authorise",
        "desk:seal-picture",
        "desk:seal-uses",
    ),
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
        "federation:node-answer",
        "exchange:receive",
    ),
    *gate(
        "other nodes: each request and order signed, an answer under a number that its asker alone knows; proved in"
        " tests/integration/resources/exchange",
        "exchange:node-request",
        "exchange:node-decision",
        "exchange:node-order",
    ),
    *open_to_all(
        "signed for everybody: which nodes there are, and their certificates", "exchange:trust-list"
    ),
    *open_to_all(
        "published for those who join by OpenID Connect", "federation:configuration", "federation:jwks"
    ),
    *open_to_all(ISSUED, "trust:root", "trust:issuing", "trust:authority", "trust:list", "trust:status"),
    *gate("stamps what was handed in with the question, and keeps nothing", "trust:timestamp"),
]

OPERATIONS: list[Door] = [
    *gate(
        "answers yes or no to what was handed in with the question, never what is kept",
        "verifyRegisterRecord",
    ),
    *scoped("listDockMessages"),
    *scoped("listDataServices", "getDataService", "listDataUseRequests", "getDataUseRequest"),
    *scoped("listDataGrants", "getDataGrant", "getDataFigures", "listDataCalls", "listDataAlarms"),
    *scoped("describeDataGateway", "takeDataServiceStep", "applyForData", "revokeDataGrant"),
    *scoped("resubmitDataUseRequest", "reviewDataUseRequest", "grantDataUseRequest"),
    *scoped("refuseDataUseRequest", "withdrawDataUseRequest"),
    *gate(FORM, "createDataService", "saveDataService"),
    *gate(FORM, "reportToDock", "confirmDockMessages"),
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
    *scoped("getMe", "listOwnLibraryCases"),
    *scoped("listDatasets", "getDataset", "getDatasetVersion", "getDatasetSchema"),
    *scoped("compileDatasetVersion", "submitDatasetDraft", "discardDatasetDraft", "returnDatasetDraft"),
    *scoped("publishDatasetVersion", "withdrawDataset", "saveDatasetDraft"),
    *gate(FORM, "compileDataset"),
    *scoped("getExchangeStatus", "listExchangeEntries", "getExchangeStory", "getReceivedStory"),
    *scoped("listExchangeBatches", "listExchangeErrors", "listComparedDays", "retryFeed", "compareFeed"),
    *scoped("replayFeed", "sendFeedSnapshot", "continueFeed"),
    *scoped("findExchangeStories", query={"dataset": "tests.thing", "key": "a"}),
    *open_to_all(CATALOGUE, "listOfferings", "listThemes", "suggestQueries"),
    *open_to_all(CATALOGUE, "searchOfferings", query={"q": "许可"}),
    *by_id(Kind.OFFERING, "getGuide", "listVersions"),
    *open_to_all(REGISTER, "listDivisions", "listAgencies"),
    *open_to_all(ISSUED, "listAuthorities", "getCertificateStatus"),
    *open_to_all(IN_HAND, "getProgress", "verifyLicence", "verifyToken", "verifyFile"),
    *gate("says what is true of files that were handed in with the question", "verifyFiles"),
    *open_to_all("whoever holds a document may ask for the state of the seal on it", "getSealState"),
    *scoped("listSeals", exactly=all_of(Kind.SEAL), of=Kind.SEAL),
    *by_id(Kind.SEAL, "getSeal", "listSealUses"),
    *by_id(Kind.SEAL, "takeSealStep", body={"action": "REVIEW"}),
    *by_id(Kind.SEAL, "applyForSealVersion", body={"kind": "RENEWAL", "basis": "到期"}),
    *by_id(
        Kind.SEAL,
        "authoriseSeal",
        body={
            "kind": "STANDING",
            "limits": {"purposes": ["NOTICE"]},
            "valid_until": "2099-01-01T00:00:00Z",
        },
    ),
    *gate(FORM, "applyForSeal", "uploadSealFile", "sealFile", "beginSealBatch", "beginSigning"),
    *gate(FORM, "endSealAuthorisation"),
    *scoped("listSealBatches", exactly=all_of(Kind.SEAL_BATCH), of=Kind.SEAL_BATCH),
    *by_id(Kind.SEAL_BATCH, "getSealBatch", "stopSealBatch"),
    *scoped("listSignings", exactly=all_of(Kind.SIGNING), of=Kind.SIGNING),
    *by_id(Kind.SIGNING, "getSigning"),
    *by_id(Kind.SIGNING, "takeSigningStep", body={"action": "DECLINE", "note": "演示"}),
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
    *by_id(Kind.LICENCE, "compareLicence", "getLicence"),
    *by_id(Kind.LICENCE, "revealLicence", body={"purpose": "ACCEPTANCE"}),
    *by_id(Kind.LICENCE, "presentLicence", body={"keys": []}, known_to=oracle.holds_licence),
    *by_id(Kind.PRESENTATION, "getPresentation", "getPresentationCode", "endPresentation"),
    *open_to_all(IN_HAND, "checkCode"),
    *scoped("listLicenceShares", exactly=all_of(Kind.SHARE), of=Kind.SHARE),
    *by_id(Kind.SHARE, "getLicenceShare", "getSharedFace", "seeShareNotices"),
    *by_id(Kind.SHARE, "answerLicenceShare", body={"answer": "REFUSE"}, known_to=oracle.holds_licence),
    *by_id(Kind.DRAFT, "agreeDraftLicence", body={"material_code": "floor_plan"}),
    *by_id(Kind.LICENCE, "listLicenceUses", known_to=oracle.holds_licence),
    *gate(
        "asks for the licence of an applicant of one's own case, and is told no more than that it did",
        "askForLicence",
        "askForLicenceElsewhere",
        "fetchCopyElsewhere",
    ),
    *by_id(
        Kind.LICENCE,
        "suspendLicence",
        "resumeLicence",
        "checkLicence",
        "moveLicence",
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
    *open_to_all(
        DIRECTORY,
        "listLicenceTypes",
        "exportLicenceTypes",
        "getLicenceType",
        "getLicenceTypeVersion",
        "getLicenceFaceSchema",
    ),
    *by_id(
        Kind.TYPE_VERSION,
        "getLicenceTypeDraft",
        "submitLicenceTypeDraft",
        "discardLicenceTypeDraft",
        "publishLicenceTypeVersion",
    ),
    *by_id(Kind.TYPE_VERSION, "returnLicenceTypeDraft", "approveLicenceTypeDraft", body={"comment": "演示"}),
    *by_id(
        Kind.TYPE_VERSION,
        "saveLicenceTypeDraft",
        body={
            "revision": 1,
            "definition": {"name": "x", "defining_body_code": "x", "defining_body_name": "x"},
        },
    ),
    *scoped("listLicenceFindings", exactly=all_of(Kind.FINDING), of=Kind.FINDING),
    *scoped("countLicenceFindings"),
    *by_id(Kind.FINDING, "getLicenceFinding"),
    *by_id(Kind.FINDING, "answerLicenceFinding", body={"act": "EXPLAIN", "note": "演示"}),
    *scoped("listLicenceBatches", exactly=all_of(Kind.LICENCE_BATCH), of=Kind.LICENCE_BATCH),
    *by_id(Kind.LICENCE_BATCH, "getLicenceBatch", "listLicenceBatchRows"),
    *by_id(Kind.STOCK_LICENCE, "getLicenceBatchRow"),
    *by_id(Kind.STOCK_LICENCE, "checkLicenceBatchRow", body={"is_right": True}),
    *by_id(Kind.STOCK_LICENCE, "decideLicenceBatchRow", body={"is_taken": False}),
    *gate(
        FORM,
        "collectLicences",
        "importLicenceTypes",
        "compileLicenceType",
        "compileLicenceTypeVersion",
        "withdrawLicenceType",
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
EXCHANGE = "tongban.resources.exchange.selectors."
DATASETS = "tongban.resources.datasets.selectors."
DOCKING = "tongban.resources.docking.selectors."
MOVE_IN = "tongban.resources.movein.selectors."
CASE_LIBRARY = "tongban.resources.caselibrary.selectors."
HANDLING = "tongban.business.handling.selectors."
CROSSREGION = "tongban.business.crossregion.selectors."
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
SEALS = "tongban.support.seals.selectors."
TRUST = "tongban.support.trust.selectors."
WORKSPACE = "tongban.portal.workspace.selectors."


SHARING = "tongban.resources.sharing.selectors."


def within(app: str, *names: str) -> Iterable[str]:
    """
    Return the dotted names of an app's selectors.
    """
    return tuple(app + name for name in names)


SELECTORS: list[Door] = [
    *scoped(
        *within(REGISTERS, "register_states", "sources", "batches", "batch_by_id", "refused_rows"),
        *within(REGISTERS, "waiting_rows", "waiting_row", "disputes", "dispute_by_number"),
        *within(REGISTERS, "may_answer_dispute", "may_appoint_sources", "may_file_disputes"),
        *within(REGISTERS, "may_load", "may_look_at_records", "may_open_registers", "own_record"),
    ),
    *scoped(*within(SHARING, "services_page", "service_by_code", "requests_page", "request_by_id")),
    *scoped(*within(SHARING, "grants_page", "grant_by_id", "keys_of_agency", "waiting_requests")),
    *scoped(*within(SHARING, "may_open", "may_compile", "may_apply", "may_review")),
    *scoped(*within(SHARING, "figures", "all_figures", "calls_page", "open_alarms", "alarm_rules")),
    *scoped(*within(SHARING, "gateway_document")),
    *by_id(Kind.CASE, *within(CASEWORK, "case_by_number", "case_json", "timeline_of")),
    *by_id(Kind.CASE, *within(CASEWORK, "may_read_case", "may_open_files")),
    *by_id(Kind.CASE, *within(CASEWORK, "open_cases_of", "rated_numbers")),
    *by_id(Kind.CASE, *within(LICENCES, "licences_of_case")),
    *scoped(*within(CASEWORK, "cases", "cases_json", "inbox"), exactly=all_of(Kind.CASE), of=Kind.CASE),
    *scoped(*within(CASEWORK, "inbox_counts", "sees_cases", "level_if_submitted")),
    *scoped(*within(HANDLING, "is_elsewhere")),
    *scoped(*within(CROSSREGION, "intakes", "intake", "taken_elsewhere", "other_nodes", "may_open_files")),
    *by_id(Kind.WORK_ITEM, *within(HANDLING, "work_item", "is_reported", "open_item_of", "item_to_work_on")),
    *scoped(*within(HANDLING, "work_items"), exactly=oracle.own_work, of=Kind.WORK_ITEM),
    *scoped(*within(HANDLING, "work_counts", "done_items")),
    *scoped(
        *within(DATASETS, "datasets", "dataset", "dataset_version", "tree", "exported", "duties", "waiting")
    ),
    *scoped(*within(DATASETS, "may_read", "may_compile", "may_review", "version_schema")),
    *open_to_all(OPEN_DATA, *within(DATASETS, "open_datasets", "open_dataset")),
    *scoped(
        *within(
            DOCKING, "may_watch", "may_manage", "systems", "system", "messages", "message", "settings_of"
        ),
        *within(MOVE_IN, "may_watch", "may_manage", "may_decide", "platforms", "platform", "conflicts"),
        *within(MOVE_IN, "conflict", "run", "mapping_of"),
    ),
    *scoped(*within(EXCHANGE, "may_watch", "may_operate", "exchange_overview", "link_line", "feed_line")),
    *scoped(*within(EXCHANGE, "inbound_line", "feed_entries", "inbound_entries", "feed_batches")),
    *scoped(*within(EXCHANGE, "entry_errors", "compared_days", "sent_story", "received_story")),
    *scoped(*within(EXCHANGE, "stories_of_key", "network")),
    *scoped(*within(EXCHANGE + "nodes.", "may_read_nodes", "may_decide_about_nodes", "nodes", "node")),
    *scoped(*within(EXCHANGE + "nodes.", "count_by_state", "own_node")),
    *scoped(
        *within(CASE_LIBRARY, "cases", "case_by_id", "case_counts", "may_see_own", "own_cases", "sees_cases")
    ),
    *scoped(*within(CASE_LIBRARY, "fault_counts", "faults", "push_backs", "sees_quality", "sources")),
    *scoped(*within(CASE_LIBRARY, "exports", "may_export", "may_push_back")),
    *by_id(Kind.LICENCE, *within(LICENCES, "licence_detail")),
    *by_id(Kind.LICENCE, *within(LICENCES, "presentable"), known_to=oracle.holds_licence),
    *by_id(Kind.PRESENTATION, *within(LICENCES, "presentation")),
    *by_id(Kind.SHARE, *within(LICENCES, "licence_share")),
    *scoped(*within(LICENCES, "licence_shares"), exactly=all_of(Kind.SHARE), of=Kind.SHARE),
    *by_id(Kind.LICENCE, *within(LICENCES, "licence_uses"), known_to=oracle.holds_licence),
    *by_id(Kind.CASE, *within(LICENCES, "shares_of_case")),
    *scoped(*within(LICENCES, "count_shares_asked", "held_by_consent", "held_licences", "foreign_uses")),
    *by_id(Kind.TYPE_VERSION, *within(LICENCES, "type_version")),
    *scoped(*within(LICENCES, "stock_batches"), exactly=all_of(Kind.LICENCE_BATCH), of=Kind.LICENCE_BATCH),
    *by_id(Kind.LICENCE_BATCH, *within(LICENCES, "stock_batch", "stock_report", "stock_rows")),
    *by_id(Kind.STOCK_LICENCE, *within(LICENCES, "stock_row")),
    *scoped(
        *within(LICENCES, "exported_findings", "quality_findings"),
        exactly=all_of(Kind.FINDING),
        of=Kind.FINDING,
    ),
    *by_id(Kind.FINDING, *within(LICENCES, "quality_finding")),
    *scoped(*within(LICENCES, "may_collect", "may_read_quality", "may_read_stock")),
    *scoped(*within(LICENCES, "quality_counts")),
    *scoped(*within(LICENCES, "key_lines", "licence_receiver", "licence_sources")),
    *scoped(*within(LICENCES, "exported_types", "keeps_directory", "licence_types", "may_compile")),
    *open_to_all(DIRECTORY, *within(LICENCES, "licence_type", "type_version_by_number")),
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
    *scoped(*within(CATALOGUE_APP, "browse", "catalogue_counts", "search_documents", "open_offerings")),
    *open_to_all("code lists of the nation", *within(CATALOGUE_APP, "code_list")),
    *by_id(Kind.DRAFT, *within(APPLY, "draft", "found_at_counter", "may_touch_draft")),
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
            "staff_with_role",
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
    *scoped(*within(TRUST, "anchors", "certificates", "may_administer", "may_read", "require_administrator")),
    *by_id(Kind.CERTIFICATE, *within(TRUST, "certificate", "certificate_der")),
    *by_id(Kind.SEAL, *within(SEALS, "seal_detail", "uses_of_seal")),
    *scoped(*within(SEALS, "may_apply", "own_seals", "require_keeper", "sees_seals")),
    *scoped(*within(SEALS, "seals_seen"), exactly=all_of(Kind.SEAL), of=Kind.SEAL),
    *scoped(*within(SEALS, "signings_of"), exactly=all_of(Kind.SIGNING), of=Kind.SIGNING),
    *by_id(Kind.SIGNING, *within(SEALS, "signing")),
    *scoped(*within(SEALS, "batches_of"), exactly=all_of(Kind.SEAL_BATCH), of=Kind.SEAL_BATCH),
    *by_id(Kind.SEAL_BATCH, *within(SEALS, "batch", "batch_entries")),
    *scoped(*within(SEALS, "files_brought", "may_see_signing", "may_sign_with_others", "sealing_agencies")),
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
    "where an item is applied for is on its public guide": within(MOVE_IN, "old_place"),
    "reckons with what it is handed, and asks for nothing that is kept": (
        *within(CASEWORK, "explaining.explain", "explaining.sentence", "explaining.shown_day"),
        *within(CASEWORK, "forecast.dates_if_submitted", "lists.last_soon_day", "lists.light"),
        *within(CASEWORK, "details.look_at", "showing.due_state", "showing.timeline_entries"),
        *within(CATALOGUE_APP, "browsing.summary_of", "guides.label_of", "guides.versioned_row"),
        *within(CATALOGUE_APP, "open_to_others.reaches"),
        *within(EXCHANGE, "lines.feed_of", "lines.inbound_of", "lines.number_in", "lines.relation_of"),
        *within(LICENCES, "holding.thing_of", "masking.public_name", "verification.verification_url"),
        *within(LICENCES, "sharing.no_use_of", "sharing.closed_types", "sharing.held_of"),
        *within(LICENCES, "directory.read_definition", "directory.schema_address"),
        *within(
            APPLY, "drafts.complaints_of", "drafts.progress_qr", "fields.answers_of", "fields.field_groups"
        ),
        *within(APPLY, "drafts.by_material"),
        *within(APPLY, "fields.shown_answer"),
        *within(FEDERATION, "parties.application_facts", "parties.party_facts", "parties.words_of"),
        *within(IDENTITY, "actors.digest_of_token", "actors.longest_idle"),
        *within(IDENTITY, "clients.client_facts", "clients.client_actor", "clients.clients_of_agency"),
        *within(SHARING, "figures.rules_of"),
        *within(MANDATES, "entities.log_lines"),
        *within(MANDATES, "reading.addressed_to", "reading.parties_of", "reading.state_of"),
        *within(SEALS, "looking.limits_of", "looking.line_of"),
        *within(TRUST, "material.chain_of", "reading.receipt", "reading.state_of"),
        *within(SEARCH, "statements.condition", "statements.items_by_code", "statements.items_of_names"),
        *within(SEARCH, "statements.names_by_body", "statements.names_by_letters"),
        *within(SEARCH, "statements.names_by_sound", "statements.names_by_words"),
    ),
    IN_HAND: (
        *within(CASEWORK, "details.progress"),
        *within(LICENCES, "verification.verify_by_identifier", "verification.verify_by_number"),
        *within(LICENCES, "verification.verify_by_token", "verification.verify_file"),
        *within(LICENCES, "verification.identifiers_in"),
        *within(
            SEALS,
            "standing.neighbours",
            "standing.state_of",
            "standing.told_of",
        ),
        *within(TRUST, "verifying.chain_report", "verifying.timestamp_report"),
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
        *within(EXCHANGE, "nodes.own_list"),
        *within(APPLY, "counter.types_asked_for", "drafts.replaceable"),
        *within(EXCHANGE, "lines.patience", "lines.title_of"),
        *within(LICENCES, "directory.types_for_materials"),
        *within(LICENCES, "presenting.published_presentation_keys", "peers.peer_keys"),
        *within(FEDERATION, "keys.published_keys", "keys.verification_key", "links.login_choices"),
        *within(FEDERATION, "links.trusted_nodes", "parties.find_party"),
        *within(SEARCH, "knowledge.current", "knowledge.refreshed"),
        *within(TRUST, "reading.authorities", "reading.authority_certificate", "reading.certificate_status"),
        *within(TRUST, "ending.ending", "material.material", "material.material_of"),
        *within(TRUST, "reading.newest_list", "reading.published_keys"),
    ),
    "for the node's own services and jobs, which ask in nobody's name; test_read_paths looks at what they hand out": (
        *within(CASEWORK, "holding.cases_of", "holding.count_cases_of", "holding.count_open_cases_of"),
        *within(CASEWORK, "holding.files_of_cases"),
        *within(CATALOGUE_APP, "lists.known_basic_codes"),
        *within(APPLY, "holding.count_drafts", "holding.drafts_of", "holding.files_of_drafts"),
        *within(DOCUMENTS, "available_files", "count_uploaded_by", "uploaded_by"),
        *within(DATASETS, "published", "row_schema", "schema_address"),
        *within(EXCHANGE, "lines.oldest_waiting"),
        *within(MESSAGING, "count_messages", "messages_of"),
        *within(FEDERATION, "keys.current_signing_key", "links.home_of"),
        *within(IDENTITY, "assurance.level_of", "holders.holders_of", "holders.number_of"),
        *within(IDENTITY, "people.account_of"),
        *within(SECURITY, "events.rules_in_force"),
        *within(TRUST, "reading.are_valid", "reading.find_bearer_certificate"),
        *within(SEALS, "uses.is_sealed_here", "uses.sealed_here"),
    ),
}
"""Public functions of selectors that take no actor, by why there is no unscoped path in them."""

TAKE_IDS = {
    "desk:elsewhere-show": "who took it in, or serves the area; tests of cross-region service prove who knows of it",
    "desk:elsewhere-receipt": "the same",
    "desk:elsewhere-supplement": "the same",
    "desk:elsewhere-deliver": "the same",
    "createSession": "a mandate beside the password of the one it was given to; asked for after the password",
    "registerPerson": "what the node handed out a moment ago, and a random number nobody else has",
    "submitCase": "the draft of the actor's, or a random number to be; tried in tests/identity_proof/attacks",
    "verifyLicence": "verification is public",
    "beginSealBatch": "files that the actor may open; each is opened in his name first",
    "beginSigning": "a file that the actor may open; it is opened in his name first",
    "sealFile": "a file that the actor may open; it is opened in his name first",
    "endSealAuthorisation": "whether its seal is one's to know of is asked first",
    "desk:batch-remove": "a file of one's own tray; others are not looked for",
    "fetchCopyElsewhere": "a share at another node, which decides; that the case is one's own is asked first",
    "federation:node-answer": "names of a question, which only trusted nodes ask; signed and sealed",
    "endMandateByClerk": "a clerk ends what lies before him on paper",
    "desk:mandate-end": "a clerk ends what lies before him on paper",
    "trust:authority": "certificates of authorities are public",
    "exchange:node-decision": "a random number that only the node that asked was given; says how its request stands",
    "workspace:register-dispute": "the name of a field of one's own record",
    "data:registers-load": "what an agency brought, in rows; the same to everybody at work here",
    "data:registers-load-csv": "numbers of lines and reasons; the same to everybody at work here",
    "data:registers-match": "whether it is the actor's agency's is asked first; tests of the registers' pages prove it",
    "data:registers-dispute": "whether the actor may know of it is asked first; tests of the registers' pages prove it",
    "getDataService": "as data:service; proved in tests/integration/api/test_data_services.py, as the lines below",
    "saveDataService": "whether the service is one's agency's is asked first",
    "takeDataServiceStep": "whether the act is the actor's is asked first",
    "applyForData": "whoever deals with data applies for what is published",
    "getDataUseRequest": "both sides and reviewers of the area; to others it never was",
    "resubmitDataUseRequest": "as getDataUseRequest",
    "reviewDataUseRequest": "as getDataUseRequest",
    "grantDataUseRequest": "as getDataUseRequest",
    "refuseDataUseRequest": "as getDataUseRequest",
    "withdrawDataUseRequest": "as getDataUseRequest",
    "getDataGrant": "as getDataUseRequest",
    "revokeDataGrant": "as getDataUseRequest",
    "data:dataset": "what is published is for all staff, a draft for insiders; tests of the catalogue's pages prove it",
    "data:dataset-version": "as data:dataset",
    "getDataset": "as data:dataset; tests of the catalogue's API prove it",
    "getDatasetVersion": "as getDataset",
    "saveDatasetDraft": "whether it is one's agency's draft is asked first; tests of the catalogue's API prove it",
    "submitDatasetDraft": "as saveDatasetDraft",
    "discardDatasetDraft": "as saveDatasetDraft",
    "compileDatasetVersion": "as saveDatasetDraft",
    "returnDatasetDraft": "whether the actor reviews its area is asked first; tests of the catalogue prove it",
    "publishDatasetVersion": "as returnDatasetDraft",
    "withdrawDataset": "as returnDatasetDraft",
    "data:dataset-edit": "whether it is one's agency's draft is asked first; its pages' tests prove it",
    "data:dataset-step": "whether the act is the actor's is asked first; its pages' tests prove it",
    "data:dataset-withdraw": "whether the actor reviews its area is asked first; its pages' tests prove it",
    "data:dataset-begin": "whether it is one's agency's is asked first; tests of the catalogue prove it",
    "data:dataset-duty-settle": "whether it is one's agency's is asked first; tests of the catalogue prove it",
    "data:request": "whether it is one's agency's, or of one's area, is asked first; tests of data services prove it",
    "data:request-edit": "whether it is one's agency's is asked first; tests of data services prove it",
    "data:grant": "whether it is one's agency's, or of one's area, is asked first; tests of data services prove it",
    "data:library-case": "cases of other systems have ids of their own; tests of the library prove who knows of them",
    "data:library-export-file": "exports have ids of their own and are their askers'; tests of the library prove it",
    "data:library-export-stop": "exports have ids of their own and are their askers'; tests of the library prove it",
    "data:library-pushback-end": "whether its area is the actor's is asked first; the library's pages' tests prove it",
    "trust:list": "revocation lists are public; they name serial numbers only",
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
        "caselibrary.expire_exports",
        "caselibrary.fold_tallies",
        "caselibrary.make_export",
        "caselibrary.note_missing",
        "casework.archive",
        "casework.bring_to_library",
        "casework.ensure_partitions",
        "casework.recompute_deadlines",
        "casework.sweep",
        "crossregion.discard_abandoned",
        "crossregion.tell_counter",
        "config.retry_stalled_jobs",
        "docking.forget_old",
        "docking.look_for_systems",
        "docking.raise_alarms",
        "movein.look_for_platforms",
        "datasets.press_duties",
        "documents.sweep_storage",
        "federation.clear_lapsed",
        "federation.end_relying_sessions",
        "federation.forget_nonces",
        "foundation.anchor_audit",
        "foundation.forget_answers",
        "identity.clear_expired",
        "identity.turn_absences",
        "licences.check_quality",
        "licences.expire_due",
        "licences.forget_presentations",
        "licences.queue_missing_documents",
        "licences.remind_expiring",
        "licences.renew_presentation_key",
        "mandates.check_entities",
        "messaging.collect_reports",
        "privacy.close_due_accounts",
        "privacy.escalate_late",
        "privacy.lapse_copies",
        "registers.press_disputes",
        "seals.discard_uploads",
        "seals.expire_due",
        "seals.queue_unfinished",
        "security.verify_trail",
        "sharing.forget_nonces",
        "sharing.prune_calls",
        "security.watch_trail",
        "trust.keep_authorities",
        "trust.publish_lists",
        "trust.warn_of_ending",
    ),
    *gate(
        ITS_OWNERS,
        "casework.render_notice",
        "docking.exchange_with_system",
        "movein.follow_platform",
        "movein.run_platform",
        "licences.render_licence",
        "licences.make_stock_documents",
        "licences.take_batch_in",
        "messaging.send_due_texts",
        "messaging.send_text",
        "privacy.make_copy",
        "seals.sign_batch",
        "seals.tell_signing",
        "seals.tell_step",
        "sharing.watch",
        "seals.write_step",
    ),
    *gate(
        "tells systems that a log-in ended, and the node of one's city that one registered; each configured and signed",
        "federation.push_person",
        "federation.tell_logout",
        "federation.tell_ticket_logout",
    ),
    *gate(
        "tells nodes that were joined, and fetches what they sign: which nodes there are",
        "exchange.look_after_nodes",
    ),
    *gate(
        "asks nodes of the topology file for public keys",
        "licences.fetch_peer_keys",
    ),
    *gate(
        "brings nodes of the trust list what registered contracts say; compares by number and digest",
        "exchange.prune",
        "exchange.raise_alarms",
        "exchange.tell_liveness",
        "exchange.reconcile",
    ),
    *gate(
        "tells nodes whose agencies have used a licence what has become of it: the id of its share, and its state",
        "licences.tell_nodes",
        "licences.tell_nodes_again",
    ),
    *gate(
        "asks authorities at addresses that a security administrator gave, and says nothing",
        "trust.fetch_lists",
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
        "certificates",
        "conformance",
        "create-client",
        "create-relying-party",
        "create-staff",
        "create-ticket-application",
        "disable-relying-party",
        "disable-ticket-application",
        "docking",
        "docking-tables",
        "enable-relying-party",
        "enable-ticket-application",
        "exchange-compare",
        "exchange-replay",
        "exchange-retry",
        "exchange-status",
        "exchange-story",
        "export-cases",
        "export-datasets",
        "fill-library",
        "import-accounts",
        "import-datasets",
        "import-items",
        "import-licences",
        "keys",
        "lexicon",
        "move-in",
        "list-clients",
        "list-relying-parties",
        "list-ticket-applications",
        "load-register",
        "node",
        "offline-root",
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
        "verify",
        "verify-ledger",
    ),
]
