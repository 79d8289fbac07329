"""
Composition root: settings, addresses, the API and the `tongban` command.
"""
