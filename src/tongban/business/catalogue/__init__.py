"""
事项管理: what law lets people ask for, and how each agency provides it.
"""
