"""
通办: a platform for integrated online government service.

The package tree is the picture of 国办函〔2016〕108号 三(三): five layers, imports go down only.
"""

__version__ = "0.1.0"
