"""
Pages of the site. Each view asks selectors, makes frozen values of the answers, and renders them.
"""
