"""
运行管理: the statutory life of a case.
"""
