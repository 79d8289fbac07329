"""
Outside parties of mandates.
"""
