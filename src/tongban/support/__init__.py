"""
应用支撑层: identity, documents, seals, messaging, search.
"""
