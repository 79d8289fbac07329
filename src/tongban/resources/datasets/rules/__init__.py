"""
Rules of the resource catalogue.
"""

from tongban.resources.datasets.rules.codes import class_part, is_dataset_code
from tongban.resources.datasets.rules.definitions import canonical, differences, faults_of, too_long
from tongban.resources.datasets.rules.health import is_fresh
from tongban.resources.datasets.rules.life import LIFE, Step
from tongban.resources.datasets.rules.schemas import json_schema, problems_of

__all__ = [
    "LIFE",
    "Step",
    "canonical",
    "class_part",
    "differences",
    "faults_of",
    "is_dataset_code",
    "is_fresh",
    "json_schema",
    "problems_of",
    "too_long",
]
