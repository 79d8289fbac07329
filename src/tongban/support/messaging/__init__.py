"""
消息: inbox and short messages.
"""
