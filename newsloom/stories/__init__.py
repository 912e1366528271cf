"""Articles and their matches -> stories: joined on arrival, looked at again as a whole, with ids that stay."""

from newsloom.stories.across import Across
from newsloom.stories.agglomerate import agglomerate
from newsloom.stories.bars import Bars
from newsloom.stories.known import Known, origin
from newsloom.stories.relooks import Relooks
from newsloom.stories.standing import Standing
from newsloom.stories.state import VERSION, Stories
from newsloom.stories.told import Told

__all__ = ["VERSION", "Across", "Bars", "Known", "Relooks", "Standing", "Stories", "Told", "agglomerate", "origin"]
