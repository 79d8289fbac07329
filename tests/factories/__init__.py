"""
Things tests need, made through the same doors as in service.
"""
