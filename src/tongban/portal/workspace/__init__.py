"""
我的: my cases, licences, messages.
"""
