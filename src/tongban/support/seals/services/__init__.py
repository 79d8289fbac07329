"""
What may be done with seals.
"""

from tongban.support.seals.permissions import BatchNotFound, SigningNotFound
from tongban.support.seals.services.applying import (
    SealAskedFor,
    apply_for_next_version,
    apply_for_seal,
    reject_seal,
    review_seal,
    withdraw_application,
)
from tongban.support.seals.services.authorising import (
    AuthorisationReceipt,
    NoSealInUse,
    SealNotAuthorised,
    authorise,
    end_authorisation,
)
from tongban.support.seals.services.batches import (
    BatchFile,
    BatchReceipt,
    begin_batch,
    end_batch,
    queue_unfinished,
    sign_waiting,
    stop_batch,
)
from tongban.support.seals.services.demo import DemoAgency, load_demo_seals
from tongban.support.seals.services.ending import (
    SealCertificateEnded,
    destroy_seal,
    expire_due,
    freeze_seal,
    report_loss,
    resume_seal,
)
from tongban.support.seals.services.exporting import export_picture, export_uses
from tongban.support.seals.services.kept import SealedFile, seal_kept_file
from tongban.support.seals.services.making import (
    SealMadeWrong,
    file_seal,
    issue_seal,
    make_seal,
    receive_seal,
)
from tongban.support.seals.services.packing import packed_batch
from tongban.support.seals.services.parties import (
    NotYourTurn,
    Party,
    SigningOver,
    SigningReceipt,
    begin_signing,
    decline_signing,
    seal_in_turn,
    withdraw_signing,
)
from tongban.support.seals.services.picturing import SealNotDrawn
from tongban.support.seals.services.recording import SamePerson, StepRefused
from tongban.support.seals.services.showing import picture_in
from tongban.support.seals.services.signing import seal_document, seal_picture
from tongban.support.seals.services.telling import tell_signing, tell_step
from tongban.support.seals.services.uploading import (
    SignedPdfNotTaken,
    bring_file,
    discard_uploads,
    take_file_back,
    tray_of,
)
from tongban.support.seals.services.verifying import verify_file
from tongban.support.seals.services.writing import write_step

__all__ = [
    "AuthorisationReceipt",
    "BatchFile",
    "BatchNotFound",
    "BatchReceipt",
    "DemoAgency",
    "NoSealInUse",
    "NotYourTurn",
    "Party",
    "SamePerson",
    "SealAskedFor",
    "SealCertificateEnded",
    "SealMadeWrong",
    "SealNotAuthorised",
    "SealNotDrawn",
    "SealedFile",
    "SignedPdfNotTaken",
    "SigningNotFound",
    "SigningOver",
    "SigningReceipt",
    "StepRefused",
    "apply_for_next_version",
    "apply_for_seal",
    "authorise",
    "begin_batch",
    "begin_signing",
    "bring_file",
    "decline_signing",
    "destroy_seal",
    "discard_uploads",
    "end_authorisation",
    "end_batch",
    "expire_due",
    "export_picture",
    "export_uses",
    "file_seal",
    "freeze_seal",
    "issue_seal",
    "load_demo_seals",
    "make_seal",
    "packed_batch",
    "picture_in",
    "queue_unfinished",
    "receive_seal",
    "reject_seal",
    "report_loss",
    "resume_seal",
    "review_seal",
    "seal_document",
    "seal_in_turn",
    "seal_kept_file",
    "seal_picture",
    "sign_waiting",
    "stop_batch",
    "take_file_back",
    "tell_signing",
    "tell_step",
    "tray_of",
    "verify_file",
    "withdraw_application",
    "withdraw_signing",
    "write_step",
]
