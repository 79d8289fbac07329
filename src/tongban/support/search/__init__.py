"""
搜索: finding what a person means, in the person's own words.
"""
