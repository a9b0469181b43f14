"""The JSON API: what the pages do, for programs with a token, by the same services and selectors.

`urls` hangs it below /api/. A request names its account by a token alone (`auth`); what it sends is checked for its
shape (`schemas`); a router calls one service or selector and describes the rows that it gives (`rows`). Every refusal
has one shape (`errors`). `openapi` completes the document, of which `reference` makes the page for people.
"""
