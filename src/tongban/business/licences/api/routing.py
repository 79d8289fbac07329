"""
The router that all operations of the app stand on.
"""

from ninja import Router

router = Router(tags=["licences 电子证照"])
