"""
单点登录与跨域互认: this node logs people in for other systems, and believes other nodes about theirs.
"""
