"""
A signature server (签名验签服务器): keys that never leave it, for tests and demonstrations.
"""
