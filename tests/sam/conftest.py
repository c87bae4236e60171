"""Every test of this folder may ask for a studio's database."""

from tests.sam.samdb import sam_db

__all__ = ["sam_db"]
