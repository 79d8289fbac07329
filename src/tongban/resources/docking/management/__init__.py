"""
Commands of docking.
"""
