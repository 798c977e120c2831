"""The week: what is trained, how much and on which days. It chooses among what is allowed and decides nothing of that.

``planner`` tells the story: what hurts is treated first (``treatment``), then places are filled session by session
(``sessions``), each exercise with the dose that it has grown to (``doses``, ``growth``), on the days that suit
(``days``).
"""

from prehab.week.days import WEEKDAYS
from prehab.week.planner import DailyWork, Planner, Week, WeekSession
from prehab.week.running import Running
from prehab.week.sessions import Pick, Place

__all__ = ["WEEKDAYS", "DailyWork", "Pick", "Place", "Planner", "Running", "Week", "WeekSession"]
