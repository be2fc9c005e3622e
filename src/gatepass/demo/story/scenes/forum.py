"""The forum: who somebody is, and what that one may do, are two questions."""

from gatepass.demo.places import BEN
from gatepass.demo.story.acts import asks, in_turn
from gatepass.demo.story.asking import (
    FORUM,
    MARKET,
    MARKET_SCOPES,
    Where,
    does_with,
    kept,
    page,
    shows,
    sign_in,
)
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.checks import expect, refused, require, require_status, tokens_in
from gatepass.demo.story.scenes.beginnings import with_a_market_token
from gatepass.demo.story.step import Code, Scene, Step
from gatepass.demo.story.visit import Visit

THEM = "Ben"
BENS_POST = "the post of Ben"
HERE: Where = page(FORUM, "/account")


def _posted(exchange: Exchange, visit: Visit) -> str:
    visit.kept["post"] = _newest_of_mine(exchange)
    return f"{exchange.status}, post {visit.kept['post']}"


def _bens_post(exchange: Exchange, visit: Visit) -> str:
    visit.kept[BENS_POST] = _newest_of_mine(exchange)
    return f"{exchange.status}, post {visit.kept[BENS_POST]}"


def _newest_of_mine(exchange: Exchange) -> str:
    require_status(exchange, 200)
    require(exchange.json["site"] == "forum", "This is not the forum.")
    return str(next(post["id"] for post in exchange.json["posts"] if post["mine"]))


def _ben_signs_in(visit: Visit) -> Request:
    return sign_in(MARKET, MARKET_SCOPES, name=lambda _: BEN, who=THEM)(visit)


def _bens_token(exchange: Exchange, visit: Visit) -> str:
    return _another_token("ben", exchange, visit)


def _narrow(exchange: Exchange, visit: Visit) -> str:
    seen = _another_token("narrow", exchange, visit)
    require(exchange.json["scope"] == "profile", f"Expected scope profile, got {exchange.json['scope']}.")
    return f"{seen}, scope profile"


def _another_token(name: str, exchange: Exchange, visit: Visit) -> str:
    """A token beside one's own."""
    visit.kept[name], _ = tokens_in(exchange, visit)
    return f"200, a token for {exchange.json['expires_in']} s"


def _ben_deletes_mine(visit: Visit) -> Request:
    return does_with(FORUM, "/posts/delete", kept("ben"), who=THEM, id=visit.kept["post"])(visit)


def _i_delete_mine(visit: Visit) -> Request:
    return does_with(FORUM, "/posts/delete", id=visit.kept["post"])(visit)


def _it_is_gone(exchange: Exchange, visit: Visit) -> str:
    return _is_gone(visit.kept["post"], exchange)


def _ben_looks(visit: Visit) -> Request:
    return shows(FORUM, token=kept("ben"), who=THEM)(visit)


def _account_is_deleted(exchange: Exchange, visit: Visit) -> str:
    expect(200, deleted=True)(exchange, visit)
    return f"{exchange.status}, the account here is deleted"


def _ben_is_forgotten(exchange: Exchange, visit: Visit) -> str:
    expect(200, site="forum", recognised_by="bearer")(exchange, visit)
    return f"{_is_gone(visit.kept[BENS_POST], exchange)}, recognised by bearer"


def _is_gone(post: str, exchange: Exchange) -> str:
    require_status(exchange, 200)
    require(all(str(one["id"]) != post for one in exchange.json["posts"]), f"Post {post} is still there.")
    return f"{exchange.status}, post {post} is gone"


SCENE = Scene(
    "forum",
    "Known is not allowed",
    "Everybody in the forum is signed in. May everybody delete everything?",
    (
        with_a_market_token(
            "sign-in",
            "You sign in",
            "The token says who you are, and lists what you may ask of each server: its scopes.",
        ),
        Step(
            "post",
            "You post something in the forum",
            "The forum writes your id from the token beside it, and takes no name from anybody's form.",
            asks(does_with(FORUM, "/posts", text="Has anybody seen my umbrella?"), _posted),
            ("forum",),
            HERE,
            Code("11_own_posts.py", "posts[number] = (who.subject"),
        ),
        Step(
            "ben-tries",
            "Ben, signed in as well, tries to delete your post: refused",
            "His token is as good as yours; but the post is not his, and only the forum can know that.",
            in_turn(asks(_ben_signs_in, _bens_token), asks(_ben_deletes_mine, refused(403, "not_yours"))),
            ("id", "forum"),
            HERE,
            Code("11_own_posts.py", "if author != who.subject:"),
        ),
        Step(
            "delete-own",
            "You delete your post",
            "The same request with your token: the forum compares the id in it with the one beside the post.",
            asks(_i_delete_mine, _it_is_gone),
            ("forum",),
            HERE,
            Code("11_own_posts.py", "async def delete("),
        ),
        Step(
            "no-scope",
            "You post with a token that only says who you are: refused",
            "A token can carry less than you may do; give an app no more than it needs.",
            in_turn(
                asks(sign_in(MARKET, "profile"), _narrow),
                asks(
                    does_with(FORUM, "/posts", kept("narrow"), text="Never mind"),
                    refused(403, "insufficient_scope"),
                ),
            ),
            ("id", "forum"),
            HERE,
            Code("11_own_posts.py", "Security(gate, scopes="),
        ),
        Step(
            "delete-account",
            "Ben posts, and deletes his account in the forum",
            "The forum forgets him and his posts; his Gatepass account stays, so his token still says who he is.",
            in_turn(
                asks(does_with(FORUM, "/posts", kept("ben"), who=THEM, text="What umbrella?"), _bens_post),
                asks(does_with(FORUM, "/account/delete", kept("ben"), who=THEM), _account_is_deleted),
                asks(_ben_looks, _ben_is_forgotten),
            ),
            ("forum", "forum", "forum"),
            HERE,
            Code("11_own_posts.py", "async def forget("),
        ),
    ),
    watched=("forum",),
)
"""Ada writes; Ben, who is somebody else's problem, does not get far."""
