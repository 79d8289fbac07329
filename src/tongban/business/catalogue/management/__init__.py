"""
Commands of the catalogue.
"""
