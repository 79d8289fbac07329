"""
电子证照: types, issue, life, verification.
"""
