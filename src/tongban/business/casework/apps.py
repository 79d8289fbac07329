"""
Wiring of casework.
"""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """
    运行管理.
    """

    name = "tongban.business.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Listen to reports on cases and to our own events; let files belong to cases; name the messages.
        """
        from tongban.business.casework.events import EventKind, topic_of  # noqa: PLC0415
        from tongban.business.casework.selectors import may_open_files  # noqa: PLC0415 - models are loaded by now
        from tongban.business.casework.selectors.sharing import case_in_hand  # noqa: PLC0415
        from tongban.business.casework.services import holding, library, reactions, telling  # noqa: PLC0415
        from tongban.business.casework.services.docked import Desk  # noqa: PLC0415
        from tongban.business.casework.services.licensing import index_of_case  # noqa: PLC0415
        from tongban.business.casework.services.looks import note_file_opened  # noqa: PLC0415
        from tongban.business.licences.ports import register_case_reader  # noqa: PLC0415
        from tongban.foundation import events, rotation  # noqa: PLC0415
        from tongban.foundation.calendar import CALENDAR_CHANGED  # noqa: PLC0415
        from tongban.resources.docking.ports import keep_cases_by  # noqa: PLC0415
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415
        from tongban.support.seals.events import COMES_INTO_USE  # noqa: PLC0415

        holding.declare()
        keep_cases_by(Desk())
        register_case_reader(case_in_hand)
        rotation.index_by("casework.Case", "applicant_index", index_of_case)
        register_owner(
            "casework.case",
            lambda actor, key: may_open_files(actor=actor, number=key),
            look_noter=note_file_opened,
        )
        register_owner(
            "casework.correction",
            lambda actor, key: may_open_files(actor=actor, number=key.partition(":")[0]),
            look_noter=note_file_opened,
        )
        register_templates(*telling.TEMPLATES.values())
        events.subscribe(
            "casework.case_submitted", subscriber="casework.write_receipt", reaction=reactions.write_receipt
        )
        for topic in telling.KINDS:
            events.subscribe(topic, subscriber="casework.tell_applicant", reaction=telling.tell_applicant)
        for topic in (*map(topic_of, EventKind), "casework.case_dates_moved"):
            events.subscribe(topic, subscriber="casework.tell_library", reaction=library.tell_library)
        events.subscribe(
            CALENDAR_CHANGED, subscriber="casework.follow_calendar", reaction=reactions.follow_calendar
        )
        for topic in COMES_INTO_USE:
            events.subscribe(
                topic, subscriber="casework.make_waiting_notices", reaction=reactions.on_seal_in_use
            )
        # One subscriber name: what is reported on a case is taken over in the order in which it was reported.
        for topic, reaction in (
            ("handling.step_reported", reactions.take_step),
            ("handling.decision_reported", reactions.take_decision),
        ):
            events.subscribe(topic, subscriber="casework.take_report", reaction=reaction)
