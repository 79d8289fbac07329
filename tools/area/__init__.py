"""
Content and rules behind the sample area; run by `tools/make_area.py`, never imported by the program.
"""
