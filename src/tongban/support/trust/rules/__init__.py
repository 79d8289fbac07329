"""
What is decided and made without database: offline roots.
"""
