"""
安全管理: what the audit trail says, what in it is strange, and who is told.
"""
