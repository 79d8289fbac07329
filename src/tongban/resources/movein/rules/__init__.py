"""
Rules of moving in: what a mapping may say, and a row in other words.
"""
