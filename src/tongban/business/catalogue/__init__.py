"""
事项管理: definitions, offerings, guides.
"""
