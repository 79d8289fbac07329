"""
Resource catalogue (信息资源目录): what data there is, whose, and who may have it.
"""
