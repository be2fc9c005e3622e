"""Why a fetch brought nothing."""

from gatepass.kernel.errors import Unavailable


class FetchFailed(Unavailable):
    """Another server did not give what we needed from it; nothing of its answer is used."""

    codes = {
        "fetch_not_allowed": (503, "A server that we depend on has an address that may not be asked."),
        "fetch_unreachable": (503, "A server that we depend on cannot be reached."),
        "fetch_timeout": (503, "A server that we depend on took too long to answer."),
        "fetch_malformed": (503, "A server that we depend on gave an answer that cannot be read."),
        "fetch_redirected": (503, "A server that we depend on sent us elsewhere, which is not followed."),
        "fetch_too_large": (503, "A server that we depend on gave an answer that is too large."),
        "fetch_busy": (503, "Too many questions to other servers are waiting for an answer."),
    }
