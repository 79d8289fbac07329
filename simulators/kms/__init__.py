"""
密钥管理服务模拟器: a key management service that keeps its wrapping keys in memory or in one file of its own.
"""
