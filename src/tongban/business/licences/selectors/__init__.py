"""
Questions about licences.
"""

from tongban.business.licences.selectors.counter import held_by_consent
from tongban.business.licences.selectors.directory import (
    exported_types,
    keeps_directory,
    licence_type,
    licence_types,
    may_compile,
    type_version,
    type_version_by_number,
    types_for_materials,
)
from tongban.business.licences.selectors.holding import (
    licence_detail,
    licences_of_case,
    search_licences,
    wallet_of,
)
from tongban.business.licences.selectors.peers import (
    foreign_uses,
    key_lines,
    licence_receiver,
    licence_sources,
    peer_keys,
)
from tongban.business.licences.selectors.presenting import (
    presentable,
    presentation,
    published_presentation_keys,
)
from tongban.business.licences.selectors.quality import (
    exported_findings,
    may_read_quality,
    quality_counts,
    quality_finding,
    quality_findings,
)
from tongban.business.licences.selectors.sharing import (
    count_shares_asked,
    held_licences,
    licence_share,
    licence_shares,
    licence_uses,
    shares_of_case,
)
from tongban.business.licences.selectors.stock import (
    may_collect,
    may_read_stock,
    stock_batch,
    stock_batches,
    stock_report,
    stock_row,
    stock_rows,
)
from tongban.business.licences.selectors.verification import (
    FileTooLarge,
    verify_by_identifier,
    verify_by_number,
    verify_by_token,
    verify_file,
)

__all__ = [
    "FileTooLarge",
    "count_shares_asked",
    "exported_findings",
    "exported_types",
    "foreign_uses",
    "held_by_consent",
    "held_licences",
    "keeps_directory",
    "key_lines",
    "licence_detail",
    "licence_receiver",
    "licence_share",
    "licence_shares",
    "licence_sources",
    "licence_type",
    "licence_types",
    "licence_uses",
    "licences_of_case",
    "may_collect",
    "may_compile",
    "may_read_quality",
    "may_read_stock",
    "peer_keys",
    "presentable",
    "presentation",
    "published_presentation_keys",
    "quality_counts",
    "quality_finding",
    "quality_findings",
    "search_licences",
    "shares_of_case",
    "stock_batch",
    "stock_batches",
    "stock_report",
    "stock_row",
    "stock_rows",
    "type_version",
    "type_version_by_number",
    "types_for_materials",
    "verify_by_identifier",
    "verify_by_number",
    "verify_by_token",
    "verify_file",
    "wallet_of",
]
