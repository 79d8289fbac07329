"""
迁入: an older platform's cases move into the case library, both run beside one another, items are cut over one by one.
"""
