"""
Wiring of handling: it hears of cases and reports on them, and knows nobody.
"""

from django.apps import AppConfig


class HandlingConfig(AppConfig):
    """
    业务办理.
    """

    name = "tongban.business.handling"
    label = "handling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Listen to what is announced about cases.
        """
        from tongban.business.handling import services  # noqa: PLC0415 - models are loaded by now
        from tongban.foundation import events, holdings  # noqa: PLC0415
        from tongban.support.identity.events import WORK_MOVES  # noqa: PLC0415

        holdings.exempt(
            "handling.Dossier",
            why="What lists of work show of a case, the name masked; the case is in the copy.",
        )
        # One subscriber name: what happens to a case reaches handling in order.
        name = "handling.follow_case"
        for topic in ("casework.case_accepted", "casework.case_deemed_accepted"):
            events.subscribe(topic, subscriber=name, reaction=services.open_dossier)
        for topic in ("clock_stopped", "clock_resumed", "extended", "dates_moved"):
            events.subscribe(f"casework.case_{topic}", subscriber=name, reaction=services.follow_clock)
        for topic in ("granted", "refused", "withdrawn", "passed_on", "voided"):
            events.subscribe(f"casework.case_{topic}", subscriber=name, reaction=services.close_dossier)
        events.subscribe("docking.case_given", subscriber=name, reaction=services.leave_to_system)
        events.subscribe("docking.case_returned", subscriber=name, reaction=services.take_from_system)
        events.subscribe("casework.report_refused", subscriber=name, reaction=services.take_back_report)
        for topic in WORK_MOVES:
            events.subscribe(topic, subscriber="handling.settle_work", reaction=services.settle_work)
