"""
核验机构模拟器: registers, an operator, a bank and a camera that answer yes or no, and can be made to misbehave.
"""
