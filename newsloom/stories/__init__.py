"""Articles and their matches -> stories: joined on arrival, looked at again as a whole, with ids that stay."""

from newsloom.stories.agglomerate import Bars, agglomerate
from newsloom.stories.state import VERSION, Stories

__all__ = ["VERSION", "Bars", "Stories", "agglomerate"]
