"""
电子认证: keys, certificates, revocation, time-stamps, and whom this node trusts.
"""
