"""
短信网关模拟器: a gateway for short messages that sends nothing and shows everything.
"""
