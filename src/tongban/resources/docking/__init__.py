"""
Docking of agencies' own systems: front-end tables, interface, files.
"""
