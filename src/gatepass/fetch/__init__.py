"""Floor 2: the only room that sends requests to other servers.

Owns which URLs and addresses may be asked, and the caps on time and size of what
comes back. GET, and POST of a form; no redirects, no cookies, no proxies from the environment, no
retries and no cache: who asks decides what an answer means and when to ask again.
Imports the kernel and the URL rules of `http`; anyone above may import it.
"""

from gatepass.fetch.client import Fetched, aget, get, post
from gatepass.fetch.errors import FetchFailed

__all__ = ["FetchFailed", "Fetched", "aget", "get", "post"]
