"""
What the index of other nodes' licences means for personal data: no account of this node, and how its index follows.
"""

from tongban.business.licences.rules import index_of_holder_key
from tongban.foundation import holdings, rotation


def declare() -> None:
    """
    Declare it.
    """
    rotation.index_by(
        "licences.PeerLicence", "holder_index", lambda row: index_of_holder_key(row.content["holder_key"])
    )
    holdings.exempt(
        "licences.PeerLicence",
        why="licences of other nodes by masked name and a key of the holder, of no account here; their home tells him",
    )
    holdings.exempt(
        "licences.ForeignUse",
        why="which case uses which licence of another node, by number; its home tells the holder of each use",
    )
