"""HTTP: what is asked becomes a call of publishing, administration, auth or log, and an answer.

Begin with routes.py, the one table: the routes, the OpenAPI document and the tests come from it.

    routes.py       every address: method, handler, what it takes and gives
    shapes/         requests and answers, by noun
    ceremonies.py   what browsers are given to use security keys
    qr_codes.py     for cameras to read from a page
    queries.py      what stands behind the question mark
    route.py        a row of the table
    services.py     what handlers work with
    application.py  the table as a Starlette application, with the web client beside it
    endpoint.py     one request: who asks, what is asked, the handler, the answer or problem
    calls.py        a request as handlers get it
    bodies.py       bodies: size, type, JSON
    ranges.py       which part of a file was asked for
    sending.py      long answers, for as long as whoever gets them may have them
    cookies.py      what browsers keep for us
    answers.py      answers and the headers that all of them carry
    problems.py     errors as RFC 9457 problem details
    measuring.py    how many requests, how long
    web_client.py   the files of the web client
    scim/           SCIM 2.0, beside the table: what a directory provisions
    openapi.py      the table as OpenAPI 3.1
    asyncapi.py     the live protocol as AsyncAPI 3.0
    schemas.py      writes and checks the documents in schemas/

Handlers, by noun: session.py, providers.py, sessions.py, tokens.py, passwords.py, factors.py,
people.py, groups.py, members.py, pending.py, activities.py, files.py, sharing.py, batches.py,
audience.py, classification.py, pages.py, streams.py, audit.py, health.py. A handler decides
nothing about permissions: what it calls does, and the scope that a token needs is in the table.
"""
