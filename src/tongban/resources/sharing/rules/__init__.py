"""
Rules of the data services: expressions, plans of steps, terms, lives. No framework, no clock.
"""
