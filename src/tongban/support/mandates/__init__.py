"""
Who may act for whom: legal entities (法人) and mandates (授权).
"""
