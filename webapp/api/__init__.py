"""The JSON API: what the pages do, for programs with a token, by the same services and selectors.

`urls` hangs it below /api/, `app` puts it together. A request names its account by a token alone (`requests`); what it
sends is checked for its shape (`schemas`); a router (a module to each noun) calls one service or selector and describes
the rows that it gives (`rows`). Every refusal has one shape (`errors`). `openapi` completes the document, of which
`reference` makes what the `page` for people shows.
"""
