"""
消息: what people are told, in their inbox and by short message, once and never lost.
"""
