"""
办理台: where staff of a counter and an agency work.
"""
