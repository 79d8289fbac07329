"""
搜索: everyday words to services.
"""
