"""
统一身份认证: who someone is, how they prove it, and the `Actor` that every service and selector takes.
"""
