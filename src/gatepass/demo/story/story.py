"""The story: all chapters, in the order in which they are told."""

from gatepass.demo.story.scenes import ending, inside, safe, servers, who
from gatepass.demo.story.step import Chapter


def story() -> list[Chapter]:
    """All chapters. Scenes stand alone; the steps of one build on each other."""
    return [who.CHAPTER, inside.CHAPTER, safe.CHAPTER, servers.CHAPTER, ending.CHAPTER]
