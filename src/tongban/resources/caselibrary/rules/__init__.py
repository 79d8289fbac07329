"""
Rules of the case library: pure functions over contents.
"""
