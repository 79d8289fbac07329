"""
个人信息权利: objections to looks, taking one's data away, closing the account.
"""
