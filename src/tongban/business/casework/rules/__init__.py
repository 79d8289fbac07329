"""
The law of casework as pure functions: no framework, no database, no clock.
"""
