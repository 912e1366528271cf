"""Articles and their matches -> stories: joined on arrival, looked at again as a whole, with ids that stay."""

from newsloom.stories.agglomerate import agglomerate
from newsloom.stories.state import VERSION, Bars, Stories

__all__ = ["VERSION", "Bars", "Stories", "agglomerate"]
