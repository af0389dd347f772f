"""Every address of the HTTP API, from top to bottom.

The Starlette routes, the OpenAPI document and the tests of what outsiders get all come from here.
"""

from __future__ import annotations

from headrace.api import (
    activities,
    batches,
    groups,
    health,
    members,
    pages,
    people,
    providers,
    session,
    streams,
)
from headrace.api.queries import (
    CallbackQuery,
    EntriesQuery,
    HomeQuery,
    InboxQuery,
    PageQuery,
    SearchQuery,
    SignInQuery,
)
from headrace.api.route import Auth, Route
from headrace.api.shapes import (
    Activities,
    ActivityChange,
    BatchResult,
    Entries,
    GroupAnswer,
    GroupChange,
    Groups,
    Health,
    Me,
    Members,
    NewActivity,
    NewGroup,
    NewMembership,
    NewPerson,
    PersonAnswer,
    ReadUpTo,
    Receipt,
    SignedOut,
    SignIn,
    SignInWays,
    Ticket,
)
from headrace.model.activities import Activity

V1 = "/api/v1"
CALLBACK = f"{V1}/sign-in/provider/callback"

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", health.alive, "Whether the process is alive.",
          gives=Health, auth=Auth.NOBODY),
    Route("GET", "/readyz", health.ready, "Whether the node can do its work, and what it lacks.",
          gives=Health, auth=Auth.NOBODY),
    Route("GET", "/metrics", health.metrics, "Metrics in Prometheus' text format.",
          gives="text/plain", auth=Auth.NOBODY),
    Route("GET", f"{V1}/openapi.json", health.openapi, "This document.",
          gives="application/json", auth=Auth.NOBODY),

    Route("POST", f"{V1}/session", session.sign_in, "Sign in; sets the session cookie.",
          takes=SignIn, gives=Me, status=201, auth=Auth.NOBODY),
    Route("DELETE", f"{V1}/session", session.sign_out, "Sign out; ends the cookie's session.",
          status=204, auth=Auth.NOBODY),
    Route("GET", f"{V1}/sign-in", providers.ways, "How one can sign in, beside a password.",
          gives=SignInWays, auth=Auth.NOBODY),
    Route("GET", f"{V1}/sign-in/provider", providers.begin,
          "Sign in with the provider; leads the browser there.",
          status=303, query=SignInQuery, auth=Auth.NOBODY),
    Route("GET", CALLBACK, providers.finish,
          "Where the provider sends the browser back to; sets the session cookie.",
          status=303, query=CallbackQuery, auth=Auth.NOBODY),
    Route("POST", f"{V1}/sign-in/provider/logout", providers.logged_out,
          "Where the provider says that sessions are over (OpenID Connect Back-Channel Logout).",
          form=("logout_token",), status=204, auth=Auth.NOBODY),
    Route("POST", f"{V1}/sign-out", providers.sign_out,
          "End the cookie's session; tells where to sign out at the provider too.",
          gives=SignedOut, auth=Auth.NOBODY),
    Route("GET", f"{V1}/me", session.me, "Who I am.",
          gives=Me),
    Route("POST", f"{V1}/live/ticket", session.ticket, "A ticket for one WebSocket handshake.",
          gives=Ticket, status=201),
    Route("GET", f"{V1}/live", session.live, "The WebSocket; see asyncapi.json.",
          status=101, auth=Auth.NOBODY),

    Route("POST", f"{V1}/people", people.create, "Add a person; for administrators.",
          takes=NewPerson, gives=PersonAnswer, status=201),

    Route("GET", f"{V1}/groups", groups.mine, "The groups that I may know of.",
          gives=Groups),
    Route("POST", f"{V1}/groups", groups.create, "Create a group and own it.",
          takes=NewGroup, gives=GroupAnswer, status=201),
    Route("GET", f"{V1}/groups/{{name}}", groups.one, "A group.",
          gives=GroupAnswer),
    Route("PATCH", f"{V1}/groups/{{name}}", groups.change, "Change title, visibility or parent.",
          takes=GroupChange, gives=GroupAnswer),
    Route("GET", f"{V1}/groups/{{name}}/members", members.of_group, "Who is in a group.",
          gives=Members),
    Route("PUT", f"{V1}/groups/{{name}}/members/{{subject:path}}", members.put,
          "Make a person (address or handle) or a team (team:NAME) a member, or change how.",
          takes=NewMembership, status=204),
    Route("DELETE", f"{V1}/groups/{{name}}/members/{{subject:path}}", members.drop,
          "End a membership, one's own or another's.",
          status=204),

    Route("POST", f"{V1}/groups/{{name}}/activities", activities.publish,
          "Publish an activity; with an Idempotency-Key, once.",
          takes=NewActivity, gives=Receipt, status=201, keyed=True),
    Route("POST", f"{V1}/groups/{{name}}/activities:batch", batches.publish,
          "Publish an activity a line; answers a result a line, in the same order.",
          takes=NewActivity, gives=BatchResult, lines=True, keyed=True),
    Route("GET", f"{V1}/groups/{{name}}/activities", pages.of_group, "What a group published.",
          gives=Activities, query=PageQuery),
    Route("GET", f"{V1}/home", pages.home, "All that I follow, newest first.",
          gives=Activities, query=HomeQuery),
    Route("GET", f"{V1}/search", pages.search, "A search over all that I read, newest first.",
          gives=Activities, query=SearchQuery),
    Route("GET", f"{V1}/inbox", pages.inbox, "What is directed at me, newest first.",
          gives=Activities, query=InboxQuery),
    Route("GET", f"{V1}/activities/{{id}}", activities.one, "An activity.",
          gives=Activity),
    Route("PATCH", f"{V1}/activities/{{id}}", activities.change, "Give a post new content.",
          takes=ActivityChange, gives=Activity),
    Route("DELETE", f"{V1}/activities/{{id}}", activities.remove, "Delete a post.",
          status=204),

    Route("GET", f"{V1}/streams/{{stream}}/entries", streams.entries,
          "A stream's entries after a number, in order: the resume path over HTTP.",
          gives=Entries, query=EntriesQuery),
    Route("PUT", f"{V1}/streams/{{stream}}/read", streams.read,
          "I have read this stream up to a number.",
          takes=ReadUpTo, status=204),
)
# fmt: on
