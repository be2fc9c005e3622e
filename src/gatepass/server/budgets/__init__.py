"""How often something may be tried: counted by each process, and by all nodes together where there is a cache.

Owns the counting (`table`), the cache that nodes share (`cache`, `scripts`), and when
that is asked (`reach`). `service.Budgets` is what others call. What is counted, and how
often it may be tried, they say themselves. No name and no address gets into the cache.
"""

from gatepass.server.budgets.cache import Cache
from gatepass.server.budgets.model import Charge, Limit
from gatepass.server.budgets.service import Budgets

__all__ = ["Budgets", "Cache", "Charge", "Limit"]
