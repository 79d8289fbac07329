"""
数据资源层: registers and, later, the data-sharing platform.
"""
