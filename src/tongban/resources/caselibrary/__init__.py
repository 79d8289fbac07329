"""
Case library: every case of the area, from whichever system.
"""
