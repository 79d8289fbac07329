"""
Wiring of the app.
"""

import uuid

from django.apps import AppConfig

from tongban.foundation.actors import Actor


class SealsConfig(AppConfig):
    """
    电子印章.
    """

    name = "tongban.support.seals"
    label = "seals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Say whose files are a seal's, what staff are told, and what is no personal data.
        """
        # Imported here because models may be loaded only when all apps are.
        from django.utils.translation import gettext_lazy as _  # noqa: PLC0415

        from tongban.foundation import events, holdings  # noqa: PLC0415
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415
        from tongban.support.federation.ports import answer_nodes_by  # noqa: PLC0415
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415
        from tongban.support.messaging.values import MessageTemplate  # noqa: PLC0415
        from tongban.support.seals import permissions, selectors  # noqa: PLC0415
        from tongban.support.seals.models import Seal, SealBatch  # noqa: PLC0415
        from tongban.support.seals.services import lending, reacting, telling  # noqa: PLC0415
        from tongban.support.seals.values import SUBJECT  # noqa: PLC0415
        from tongban.support.trust.events import CERTIFICATE_ENDING, CERTIFICATE_REVOKED  # noqa: PLC0415

        def may_see_seal(actor: Actor, key: str) -> bool:
            place = Seal.objects.filter(id=uuid.UUID(key)).values("agency_code", "division_code").first()
            return place is not None and permissions.read_seal.allows(actor, **place)

        def may_see_batch(actor: Actor, key: str) -> bool:
            batch = SealBatch.objects.filter(id=uuid.UUID(key)).values("requested_by").first()
            return batch is not None and actor.id == str(batch["requested_by"])

        events.subscribe(
            CERTIFICATE_REVOKED,
            subscriber="seals.freeze_revoked",
            reaction=reacting.on_certificate_revoked,
        )
        events.subscribe(
            CERTIFICATE_ENDING, subscriber="seals.tell_ending", reaction=reacting.on_certificate_ending
        )
        answer_nodes_by(SUBJECT, lending.answer_node)
        register_owner("seals.seal", may_see_seal)
        register_owner("seals.batch", may_see_batch)
        register_owner("seals.upload", lambda actor, key: actor.id == key)
        register_owner("seals.signing", selectors.may_see_signing)
        register_templates(
            MessageTemplate(
                code=telling.SIGNING_TURN,
                title=_("轮到本机构签章"),
                body=_(
                    "%(requester)s发起的多方签章（办件编号 %(number)s）轮到本机构，"
                    "请于 %(until)s 前在“多方签章”中签章，或者说明不签章的原因。"
                ),
            ),
            MessageTemplate(
                code=telling.STEP_TURN,
                title=_("印章待办：%(name)s"),
                body=_("“%(name)s”（%(code)s）现在的状态为“%(state)s”，轮到您办理。请到“电子印章”查看。"),
            ),
            MessageTemplate(
                code=telling.STEP_TOLD,
                title=_("印章状态有变化：%(name)s"),
                body=_("“%(name)s”（%(code)s）现在的状态为“%(state)s”。请到“电子印章”查看。"),
            ),
            MessageTemplate(
                code=telling.SEAL_ENDS,
                title=_("印章将到期：%(name)s"),
                body=_(
                    "“%(name)s”（%(code)s）将于 %(day)s 到期，到期后不能签章，自动出具的文书也会停下。"
                    "请尽快在“电子印章”中申请续期。"
                ),
            ),
            MessageTemplate(
                code=telling.SIGNING_OVER,
                title=_("多方签章已结束：%(state)s"),
                body=_("您发起的多方签章（办件编号 %(number)s）已经结束：%(state)s。"),
            ),
        )
        for label, why in {
            "seals.SealUse": "Uses of agencies' seals; names the member of staff by account.",
            "seals.SealEvent": "Steps in the life of agencies' seals; names the member of staff by account.",
            "seals.SigningRequest": "Documents that agencies seal together; names the member of staff by account.",
            "seals.SigningStep": "An agency's turn to seal; names the member of staff by account.",
            "seals.SealBatch": "Files sealed at one request; names the member of staff by account.",
            "seals.SealAuthorisation": "Which member of staff may use an agency's seal, by account.",
        }.items():
            holdings.exempt(label, why=why)
