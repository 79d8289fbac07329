"""
Commands of the licences app.
"""
