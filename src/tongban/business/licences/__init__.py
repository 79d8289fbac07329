"""
电子证照: types, issue, verification.
"""
