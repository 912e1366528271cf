"""Page, Entry -> Article: headline, lead, paragraphs, authors, dates, image, as the page itself says them.

>>> from newsloom.extract import extract
>>> article = extract(page)  # an Article, or a Rejected that says why not
"""

from newsloom.extract.entry import entry_article
from newsloom.extract.permits import header_rights
from newsloom.extract.read import extract
from newsloom.extract.record import extract_record
from newsloom.extract.warm import warm_up

__all__ = ["VERSION", "entry_article", "extract", "extract_record", "header_rights", "warm_up"]

VERSION = 2
