"""
Commands of the resource catalogue.
"""
