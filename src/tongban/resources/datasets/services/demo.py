"""
Datasets of a demonstration.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tongban.foundation.actors import Actor
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.services import compiling
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.services.noting import note_load
from tongban.resources.datasets.values import Definition


def load_demo(path: Path, *, agencies: Mapping[str, str], actor: Actor, at: datetime) -> int:
    """
    Bring the datasets of a file into an empty catalogue; return how many came.

    :param path: JSON Lines: a definition, and "stage": DRAFT, IN_REVIEW or PUBLISHED, "rows", "filled"
    :param agencies: names by code
    """
    if not path.exists() or Dataset.objects.filter(node=own_node()).exists():
        return 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for line in lines:
        _bring(line, agencies=agencies, actor=actor, at=at)
    return len(lines)


def _bring(line: dict[str, Any], *, agencies: Mapping[str, str], actor: Actor, at: datetime) -> None:
    stage, rows, filled = line.pop("stage"), line.pop("rows", 0), line.pop("filled", None)
    line["provider_name"] = agencies.get(line["provider_code"], line.get("provider_name", ""))
    definition = msgspec.convert(line, Definition)
    receipt = compiling.compile_dataset(definition=definition, actor=actor, at=at)
    if stage == "DRAFT":
        return
    compiling.submit_draft(version_id=receipt.id, actor=actor, at=at)
    if stage == "PUBLISHED":
        compiling.publish_version(version_id=receipt.id, actor=actor, at=at)
        if rows:
            note_load(code=receipt.code, rows=rows, filled=filled, errors=0, at=at)
