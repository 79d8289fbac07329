"""
The API of licences and of their directory.
"""

from tongban.business.licences.api import directory, licences, presenting, quality, sharing, stock
from tongban.business.licences.api.routing import router

__all__ = ["directory", "licences", "presenting", "quality", "router", "sharing", "stock"]
